/** A website at which people sign in: it only shows where they came back to. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Website {
  url: string;
  stop(): Promise<void>;
}

export async function startWebsite(): Promise<Website> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>Website</title><link rel="icon" href="data:,"><h1>Welcome back</h1>');
  }).listen(0, 'localhost');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
