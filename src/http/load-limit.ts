/**
 * Keeps the server from taking on more than it can do. Under more load than it has capacity for, every request would
 * only wait longer, until none is answered in time; so beyond a number in work the next one is told at once to come
 * back, before anything is done for it (Koa included: a refusal costs a twentieth of an answer).
 */
import type { IncomingMessage } from 'node:http';
import type { Logger } from '../logging/log.js';
import type { RequestHandler } from './listener.js';
import { isSafeMethod } from './safe-method.js';

// Each takes part in every turn of the event loop, and Node.js takes one new connection a turn: with 256 of three times as many
// requests as can be answered some waited for seconds, with 128 the others are told in 30 ms, and as many are answered (`overload`
// of the reliability suite). With all places of the password queue taken (64), nearly half is left to the others.
const MOST_IN_WORK = 128;
const RETRY_SECONDS = '1';
// Milliseconds between two lines of the log about it.
const REPORT_EVERY = 10_000;

const BODY = 'The server is busy at the moment. Please try again in a few seconds.\n';
const HEADERS = {
  'Content-Type': 'text/plain; charset=utf-8',
  'Content-Length': String(Buffer.byteLength(BODY)),
  'Cache-Control': 'no-store',
  'Retry-After': RETRY_SECONDS,
};

/** Whoever watches the server has to hear that it is alive, most of all then. */
const isHealthCheck = (url = '') => /^\/(healthz|readyz)\/?($|\?)/.test(url);

function waitsForBody({ method = '', headers }: IncomingMessage): boolean {
  const isSent = Number(headers['content-length']) > 0 || 'transfer-encoding' in headers;
  return isSent && !isSafeMethod(method);
}

export function limitLoad(handle: RequestHandler, log: Logger, most = MOST_IN_WORK): RequestHandler {
  let inWork = 0;
  let refused = 0;
  let reportedAt = 0;

  const report = (): void => {
    refused++;
    if (Date.now() - reportedAt < REPORT_EVERY) return;
    log.warn({ refused, inWork }, 'too many requests at the same time; some are refused');
    reportedAt = Date.now();
    refused = 0;
  };

  return (request, response) => {
    if (inWork >= most && !isHealthCheck(request.url)) {
      report();
      response.writeHead(503, HEADERS).end(BODY);
      return;
    }
    let isCounted = false;
    const count = (): void => {
      if (isCounted || response.closed) return;
      isCounted = true;
      inWork++;
    };
    response.once('close', () => {
      if (isCounted) inWork--;
    });
    // A body that is still on its way is no work: else a few hundred slow senders would shut everybody out. One that nobody
    // waits for, as that of a GET, has no end either before the request is answered.
    if (waitsForBody(request)) request.once('end', count);
    else count();
    handle(request, response);
  };
}
