/** Ways to reach one certain node, whatever address the servers share. */
import { request } from 'node:http';
import { type HttpClient, openClient } from '../../../bench/load/http-client.js';
import { type Browser, newBrowser } from '../../../test/support/browser.js';
import type { ServerNode } from './server-node.js';

type Addressed = Pick<ServerNode, 'issuer' | 'port'>;

// Milliseconds; what takes longer is counted as hung.
export const PATIENCE = 15_000;
const CONNECTIONS = 64;

export function openNodeClient(
  { issuer, port }: Addressed,
  { patience = PATIENCE, connections = CONNECTIONS } = {},
): HttpClient {
  return openClient(issuer, { port, patience, connections });
}

/** Node.js's fetch takes its Host header from the URL; this one goes to the node's own port with the issuer's name. */
function fetchFrom({ port }: Addressed): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(String(input));
    const body = init.body === undefined || init.body === null ? undefined : String(init.body);
    const headers: Record<string, string> = {
      host: url.host,
      ...Object.fromEntries(new Headers(init.headers)),
    };
    if (body !== undefined) {
      if (init.body instanceof URLSearchParams) headers['content-type'] = 'application/x-www-form-urlencoded';
      headers['content-length'] = String(Buffer.byteLength(body));
    }
    return new Promise((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port,
        method: init.method ?? 'GET',
        path: url.pathname + url.search,
        headers,
      };
      const sent = request(options, async (response) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk as Buffer);
          const answered = new Headers();
          for (const [name, value] of Object.entries(response.headers))
            for (const each of [value ?? []].flat()) answered.append(name, each);
          const status = response.statusCode ?? 0;
          const hasBody = ![204, 304].includes(status);
          resolve(new Response(hasBody ? Buffer.concat(chunks) : null, { status, headers: answered }));
        } catch (error) {
          reject(error);
        }
      });
      sent.setTimeout(PATIENCE, () => sent.destroy(new Error(`no answer in ${PATIENCE} ms`)));
      sent.on('error', reject).end(body);
    });
  };
}

/** A browser whose every request goes to this node. */
export function newBrowserAt(node: Addressed): Browser {
  return newBrowser(node.issuer, fetchFrom(node));
}
