import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  // What the page may know of the environment; it is public, as everything in a page.
  envPrefix: ['LATCHKEY_URL', 'CLIENT_ID'],
  // The redirect URI has the port in it: another one would be refused.
  server: { port: Number(process.env.PORT ?? 5173), strictPort: true },
});
