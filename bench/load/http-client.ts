import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

export interface Answer {
  status: number;
  location: string | undefined;
  text: string;
  headers: IncomingHttpHeaders;
}

/** Connections that are kept alive; one of them is what the load generator calls a client. */
export interface HttpClient {
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: Record<string, string>, headers?: Record<string, string>): Promise<Answer>;
  close(): void;
}

function readAnswer(
  response: IncomingMessage,
  resolve: (answer: Answer) => void,
  reject: (error: Error) => void,
): void {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
  });
  response.on('end', () => {
    const { statusCode = 0, headers } = response;
    resolve({ status: statusCode, location: headers.location, text, headers });
  });
  response.on('error', reject);
}

/** A request that had no whole answer in time; whether the server has done what was asked is not known. */
export class NoAnswer extends Error {}

interface ClientOptions {
  /** Another port than that of the origin, for one of several servers behind one address. */
  port?: number;
  connections?: number;
  /** Milliseconds for the whole answer; without it a request waits for as long as the connection lives. */
  patience?: number;
}

export function openClient(origin: string, options: ClientOptions = {}): HttpClient {
  const { host, port: ownPort } = new URL(origin);
  const { port = ownPort, connections = 1, patience } = options;
  // Without the third it would close, and open again, all beyond 256 as often as they have nothing to do.
  const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });

  const send = (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const options = { agent, host: '127.0.0.1', port, method, path, headers: { host, ...headers } };
      const sent = request(options, (response) => readAnswer(response, resolve, reject)).on('error', reject);
      if (patience) {
        const giveUp = () => sent.destroy(new NoAnswer(`no answer in ${patience} ms`));
        const timer = setTimeout(giveUp, patience);
        sent.on('close', () => clearTimeout(timer));
      }
      sent.end(body);
    });

  return {
    get: (path, headers = {}) => send('GET', path, headers),
    post: (path, fields, headers = {}) => {
      const body = new URLSearchParams(fields).toString();
      const described = {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(Buffer.byteLength(body)),
      };
      return send('POST', path, { ...described, ...headers }, body);
    },
    close: () => agent.destroy(),
  };
}
