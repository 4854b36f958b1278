/** Bytes to the server and bytes back: for requests that no HTTP client would send. */
import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  text: string;
}

/** Everything the server says until it closes the connection; ask it to with `Connection: close`. */
export function sendRaw(port: number, request: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no end of the answer; so far: ${text}`)));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = '', ...rest] = text.split('\r\n\r\n');
      const [statusLine = '', ...lines] = head.split('\r\n');
      const headers = lines.map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      });
      const status = Number(statusLine.split(' ')[1]);
      resolve({ status, headers: Object.fromEntries(headers), body: rest.join('\r\n\r\n'), text });
    });
    socket.write(Buffer.from(request, 'latin1'));
  });
}

/** A request from its lines, without a body. */
export function rawGet(port: number, ...lines: string[]): Promise<RawAnswer> {
  return sendRaw(port, `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
}
