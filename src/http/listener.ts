/**
 * The sockets: listening, and the orderly end of it. An answer that was begun is finished, a connection that is kept
 * alive is told to close with its next answer, and only then is anything cut.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { setTimeout as pause, setImmediate } from 'node:timers/promises';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Listener {
  port: number;
  /**
   * @param timeout milliseconds until what has not finished is cut
   * @param isReplaced others serve on this port already: nothing new is taken from here on
   */
  drain(timeout: number, isReplaced?: boolean): Promise<void>;
}

/** Why the server cannot listen, in a sentence. */
export class ListenError extends Error {}

// Milliseconds. The keep-alive is longer than the 60 s of common proxies, so that they close first and never send a
// request into a connection we are closing. The others keep slow senders from holding connections.
const KEEP_ALIVE_TIMEOUT = 65_000;
const HEADERS_TIMEOUT = 20_000;
const REQUEST_TIMEOUT = 60_000;

// Connections that may wait to be taken (the kernel may allow fewer): beyond it a client tries again seconds later, and
// a burst of new ones is better told at once to come back.
const BACKLOG = 4_096;

// Milliseconds in which new connections are still taken, so that a proxy's next check hears from /readyz that it has to go
// elsewhere; and which a kept-alive connection has for one more request, answered with Connection: close. Closing it at
// once would reset the request that is on its way.
const LAST_REQUEST_PATIENCE = 1_000;

// Milliseconds: whoever has connected so recently, such as a proxy that checks, comes again. That there is no connection at
// this moment says little: a quick server has none most of the time. One that nobody uses ends at once.
const COMES_AGAIN_WITHIN = 2_000;
const POLL = 50;
const PORT_TRIES = 20;

/** `localhost` means both, since some clients try only the one and some only the other. */
const addressesOf = (host: string) => (host === 'localhost' ? ['127.0.0.1', '::1'] : [host]);

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const where = `${host} port ${port}`;
  if (error.code === 'EADDRINUSE') {
    return new ListenError(
      `Another program listens on ${where} already. Stop it, or set PORT to another number.`,
    );
  }
  if (error.code === 'EACCES')
    return new ListenError(`This user may not listen on ${where}. Set PORT to 1024 or above.`);
  return new ListenError(`HOST must be an address of this machine (${error.code}).`);
}

function open(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG, ipv6Only: host.includes(':') }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

const hasNoSuchAddress = (error: unknown) =>
  ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Opens every address with the same port. */
async function openAll(makeServer: () => Server, host: string, wantedPort: number) {
  const [first, second] = addressesOf(host);
  for (let tries = 1; ; tries++) {
    const servers = [makeServer()];
    const port = await open(servers[0]!, first!, wantedPort).catch((error) => {
      throw explain(error, first!, wantedPort);
    });
    if (!second) return { servers, port };
    try {
      const server = makeServer();
      await open(server, second, port);
      return { servers: [...servers, server], port };
    } catch (error) {
      if (hasNoSuchAddress(error)) return { servers, port };
      servers[0]!.close();
      // With PORT=0 the port that was free on the one address may be taken on the other.
      if (wantedPort !== 0 || tries === PORT_TRIES)
        throw explain(error as NodeJS.ErrnoException, second, port);
    }
  }
}

/** @throws ListenError */
export async function listen(
  handler: RequestHandler,
  { host, port }: { host: string; port: number },
): Promise<Listener> {
  // Each connection with the answer it is waiting for. Its entry lasts as long as it does: of a set that answers come into and
  // leave, V8 keeps every table it has outgrown, with the requests in it, until it collects all of the garbage.
  const answers = new Map<Socket, ServerResponse | undefined>();
  let isDraining = false;
  let lastConnectionAt = Number.NEGATIVE_INFINITY;

  const makeServer = () => {
    const server = createServer((request, response) => {
      answers.set(request.socket, response);
      response.once('close', () => {
        if (answers.get(request.socket) === response) answers.set(request.socket, undefined);
      });
      if (isDraining) response.setHeader('Connection', 'close');
      handler(request, response);
    });
    server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT;
    server.headersTimeout = HEADERS_TIMEOUT;
    server.requestTimeout = REQUEST_TIMEOUT;
    server.on('connection', (socket) => {
      answers.set(socket, undefined);
      lastConnectionAt = performance.now();
      socket.once('close', () => answers.delete(socket));
    });
    return server;
  };

  const opened = await openAll(makeServer, host, port);

  const closeIdle = () => {
    for (const server of opened.servers) server.closeIdleConnections();
    // A browser opens connections in advance; nothing has come through these.
    for (const socket of answers.keys()) if (socket.bytesRead === 0) socket.destroy();
  };

  const drain = async (timeout: number, isReplaced = false): Promise<void> => {
    isDraining = true;
    const acceptFor = isReplaced ? 0 : Math.min(LAST_REQUEST_PATIENCE, timeout);
    const begun = performance.now();
    for (const answer of answers.values())
      if (answer && !answer.headersSent) answer.setHeader('Connection', 'close');
    const isInUse = () => answers.size > 0 || performance.now() - lastConnectionAt < COMES_AGAIN_WITHIN;
    while (isInUse() && performance.now() - begun < acceptFor) await pause(POLL);
    // Right after the event loop has taken what waited in the kernel's queue: the connections in it are reset.
    await setImmediate();
    // Not http's own close, which cuts idle connections at once, also one whose request has just arrived.
    for (const server of opened.servers) NetServer.prototype.close.call(server);
    const lastRequestUntil = Math.max(begun, lastConnectionAt) + LAST_REQUEST_PATIENCE;
    while (answers.size > 0 && performance.now() - begun < timeout) {
      if (performance.now() >= lastRequestUntil) closeIdle();
      await pause(POLL);
    }
    for (const server of opened.servers) server.closeAllConnections();
  };

  return { port: opened.port, drain };
}
