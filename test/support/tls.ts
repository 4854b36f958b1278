/** A proxy that ends TLS in front of a server, with a certificate made on the spot. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';

export interface Certificate {
  key: string;
  cert: string;
}

/** For localhost, for a day; undefined where there is no openssl. */
export function makeCertificate(): Certificate | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
  ];
  try {
    execFileSync('openssl', ['req', '-x509', '-days', '1', ...files, ...name], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface TlsProxy {
  port: number;
  /** From now on what comes in goes to this port of this machine. */
  forwardTo(port: number): void;
  stop(): Promise<void>;
}

export async function startTlsProxy(certificate: Certificate): Promise<TlsProxy> {
  let target = 0;
  const proxy = createServer(certificate, (socket) => {
    const inner = connect({ port: target, host: '127.0.0.1' });
    socket.on('error', () => inner.destroy()).on('close', () => inner.destroy());
    inner.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.pipe(inner).pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    forwardTo: (port) => {
      target = port;
    },
    stop: () => new Promise((resolve) => proxy.close(() => resolve())),
  };
}

/** fetch for one certificate: the one of Node.js cannot be told to trust another. Follows no redirects. */
export function fetchTrusting(certificate: Certificate): typeof fetch {
  return (url, init = {}) =>
    new Promise((resolve, reject) => {
      const headers = new Headers(init.headers);
      const body = init.body === undefined || init.body === null ? undefined : String(init.body);
      if (init.body instanceof URLSearchParams)
        headers.set('content-type', 'application/x-www-form-urlencoded');
      const options = {
        method: init.method ?? 'GET',
        headers: Object.fromEntries(headers),
        ca: certificate.cert,
        agent: false as const,
      };
      const outgoing = request(String(url), options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          const received = new Headers();
          for (const [name, values] of Object.entries(incoming.headersDistinct)) {
            for (const value of values ?? []) received.append(name, value);
          }
          const status = incoming.statusCode ?? 0;
          const hasBody = ![101, 204, 205, 304].includes(status);
          resolve(new Response(hasBody ? Buffer.concat(chunks) : null, { status, headers: received }));
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
}
