/**
 * The body of a request to the token, revocation, introspection or device authorization endpoint, read before the
 * engine does: it takes multipart as well (Postman sends it, Django accepts it), refuses what RFC 6749 3.2 forbids in
 * words, and lets a client send the same secret by Basic and in the body, as many clients of old do.
 */
import { Busboy } from '@fastify/busboy';
import type { Context } from 'koa';
import { OAuthError } from '../http/errors.js';

const MAX_BODY_BYTES = 56 * 1024;
const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';

/** What would end in logs and histories if it were accepted in the URL (RFC 6749 2.3.1). */
export const BODY_ONLY = [
  'client_id',
  'client_secret',
  'grant_type',
  'code',
  'refresh_token',
  'token',
  'username',
  'password',
];

const invalidRequest = (description: string, status = 400) =>
  new OAuthError(status, 'invalid_request', description);

// By its events: `for await` takes a tenth of the CPU of an introspection.
function readBody({ req, request }: Context): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => reject(invalidRequest('the request body is too large', 413));
    if ((request.length ?? 0) > MAX_BODY_BYTES) return tooLarge();
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    req.on('end', () => (size > MAX_BODY_BYTES ? tooLarge() : resolve(Buffer.concat(chunks))));
    // The client went away in the middle; nobody reads this, and it is no failure of ours to be logged as one.
    req.on('error', (cause) =>
      reject(new OAuthError(400, 'invalid_request', 'the request body ended too early', { cause })),
    );
  });
}

function parseMultipart(ctx: Context, body: Buffer): Promise<[string, string][]> {
  return new Promise((resolve, reject) => {
    const fields: [string, string][] = [];
    const fail = () => reject(invalidRequest('the multipart body could not be read'));
    const nameless = () => reject(invalidRequest('a part of the multipart body has no name'));
    try {
      const parser = new Busboy({
        headers: { 'content-type': ctx.get('content-type') },
        limits: { files: 0, fields: 100 },
      });
      // It has none for a part that names none, whatever its type says.
      parser.on('field', (name: string | undefined, value: string) =>
        name === undefined ? nameless() : fields.push([name, value]),
      );
      parser.on('finish', () => resolve(fields));
      parser.on('error', fail);
      parser.end(body);
    } catch {
      fail();
    }
  });
}

/** JSON is refused; what it holds says whose mistake it is (applications/problems). */
function readJsonForExplanation(body: Buffer): [string, string][] {
  try {
    return Object.entries(JSON.parse(body.toString('utf8')) ?? {}).map(([name, value]) => [
      name,
      String(value),
    ]);
  } catch {
    return [];
  }
}

async function parseFields(ctx: Context): Promise<[string, string][]> {
  const type = ctx.is(FORM, MULTIPART);
  if (type !== FORM && type !== MULTIPART) {
    if (!ctx.get('content-type') && !ctx.request.length) return [];
    if (ctx.is('json')) ctx.state.sentParameters = readJsonForExplanation(await readBody(ctx));
    throw invalidRequest(`send the parameters in the body as ${FORM}`);
  }
  const { charset } = ctx.request;
  if (charset && charset.toLowerCase() !== 'utf-8') throw invalidRequest('the body must be UTF-8');
  const body = await readBody(ctx);
  return type === MULTIPART ? parseMultipart(ctx, body) : [...new URLSearchParams(body.toString('utf8'))];
}

function toParameters(fields: [string, string][]): Record<string, string> {
  const parameters: Record<string, string> = Object.create(null);
  for (const [name, value] of fields) {
    if (name in parameters)
      throw invalidRequest(`the parameter ${JSON.stringify(name.slice(0, 50))} was sent twice`);
    // A token is looked up by its hash, so that one with a NUL is an unknown one and no mistake to be explained.
    if (value.includes('\0') && name !== 'token')
      throw invalidRequest(`the parameter ${JSON.stringify(name.slice(0, 50))} has a NUL character`);
    parameters[name] = value;
  }
  return parameters;
}

interface Credentials {
  clientId: string;
  secret: string;
}

// Base64 with its padding or without, as the engine takes it.
const BASIC = /^basic ((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?)$/i;

/** Form-decoded (RFC 6749 2.3.1); undefined for a header that the engine will refuse anyway. */
export function findBasicCredentials(header: string): Credentials | undefined {
  const encoded = BASIC.exec(header)?.[1];
  const pair = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8'));
  if (!pair) return undefined;
  try {
    const [clientId = '', secret = ''] = pair
      .slice(1)
      .map((half) => decodeURIComponent(half.replaceAll('+', ' ')));
    return { clientId, secret };
  } catch {
    return undefined;
  }
}

/**
 * Lets a client name itself twice, as many clients of old do, as long as both say the same. Basic without a secret, as
 * oidc-agent sends it for a public client, only names the client, so it counts as client_id in the body.
 */
function settleCredentials(ctx: Context, parameters: Record<string, string>): void {
  const header = ctx.get('authorization');
  if (!header) return;
  const basic = findBasicCredentials(header);
  const repeats = Boolean(parameters.client_secret);
  if (repeats && basic?.secret !== parameters.client_secret) throw differentCredentials();
  if (basic?.clientId && !basic.secret) {
    if ((parameters.client_id ?? basic.clientId) !== basic.clientId) throw differentCredentials();
    parameters.client_id = basic.clientId;
    delete ctx.req.headers.authorization;
  }
  if (repeats) delete parameters.client_secret;
}

function differentCredentials(): OAuthError {
  return invalidRequest('the Authorization header and the body carry different client credentials');
}

/**
 * @param toleratesQuery whether parameters in the URL beside those of the body are passed over instead of refused
 * @returns the parameters, which are also left where the engine looks for them
 * @throws OAuthError invalid_request
 */
export async function readTokenEndpointBody(
  ctx: Context,
  toleratesQuery: boolean,
): Promise<Record<string, string>> {
  const inQuery = toleratesQuery ? [] : BODY_ONLY.filter((name) => name in ctx.query);
  if (inQuery.length) throw invalidRequest(`send ${inQuery.join(', ')} in the body, not in the URL`);
  const fields = await parseFields(ctx);
  ctx.state.sentParameters = fields;
  const parameters = toParameters(fields);
  settleCredentials(ctx, parameters);
  Object.assign(ctx.req, { body: parameters });
  ctx.req.headers['content-type'] = FORM;
  // The engine would answer a browser's Accept header with a page.
  ctx.req.headers.accept = 'application/json';
  return parameters;
}
