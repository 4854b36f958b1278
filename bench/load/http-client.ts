import { Agent, type IncomingMessage, request } from 'node:http';

export interface Answer {
  status: number;
  location: string | undefined;
  text: string;
}

/** One connection, kept alive: what the load generator calls a client. */
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
  response.on('end', () =>
    resolve({ status: response.statusCode ?? 0, location: response.headers.location, text }),
  );
  response.on('error', reject);
}

export function openClient(origin: string): HttpClient {
  const { host, port } = new URL(origin);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  const send = (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const options = { agent, host: '127.0.0.1', port, method, path, headers: { host, ...headers } };
      request(options, (response) => readAnswer(response, resolve, reject))
        .on('error', reject)
        .end(body);
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
