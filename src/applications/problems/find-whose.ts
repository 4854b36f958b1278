/**
 * Whose request it was. One that names its client wrongly is still the problem of that application when something else
 * in it shows which one is meant; whoever is found is not told to the client, only shown to the owner.
 */
import type { Database } from '../../database/database.js';
import { findInteraction } from '../../engine/storage/sessions-store.js';
import type { Application } from '../application.js';
import { isClientId } from '../clients/load-client.js';
import { selectApplicationsByHost, selectApplicationsByRedirectUri } from '../clients/store.js';
import type { Look } from './look.js';
import { type SentRequest, sentBearer, sentClientId, sentSecret, sentValue } from './sent-request.js';

export type FoundBy =
  | 'client_id'
  | 'trimmed'
  | 'swapped'
  | 'token'
  | 'jwt'
  | 'redirect_uri'
  | 'interaction'
  | 'origin';

export interface Whose {
  application: Application;
  foundBy: FoundBy;
}

/** Without white space, quotes or percent-encoding around it. */
export function trimmed(value: string): string {
  const bare = value.replaceAll(/[\s\u00a0\u200b\ufeff]/g, '').replace(/^(["'`<])(.*)["'`>]$/, '$2');
  try {
    return decodeURIComponent(bare).replaceAll(/\s/g, '');
  } catch {
    return bare;
  }
}

export interface ReadJwt {
  /** Of the client it was issued to. */
  clientId: string;
  /** RFC 9068; else it is taken for an ID token. */
  isAccessToken: boolean;
  issuedAt: Date;
  expiresAt: Date;
}

/** What a JWT says of itself. It is not verified: nothing but an explanation comes of it. */
export function readJwt(value: string | undefined): ReadJwt | undefined {
  const [, header, payload] = /^(eyJ[\w-]+)\.(eyJ[\w-]+)\.[\w-]*$/.exec(value ?? '') ?? [];
  try {
    const { typ } = decodePart(header);
    const { aud, client_id: clientId, iat, exp } = decodePart(payload);
    const isAccessToken = typeof typ === 'string' && typ.toLowerCase() === 'at+jwt';
    const client = isAccessToken ? clientId : aud;
    if (typeof client !== 'string') return undefined;
    const time = (seconds: unknown) => new Date((typeof seconds === 'number' ? seconds : 0) * 1000);
    return { clientId: client, isAccessToken, issuedAt: time(iat), expiresAt: time(exp) };
  } catch {
    return undefined;
  }
}

const decodePart = (part = ''): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString());

interface Question {
  database: Database;
  sent: SentRequest;
  look: Look;
  /** The client the engine has found, if it has. */
  known: Application | undefined;
}

export async function findWhose({ database, sent, look, known }: Question): Promise<Whose | undefined> {
  if (known) return { application: known, foundBy: 'client_id' };
  const byClientId = async (clientId: string | undefined, foundBy: FoundBy): Promise<Whose | undefined> => {
    const application = isClientId(clientId) ? await look.clientOf(clientId) : undefined;
    return application && { application, foundBy };
  };
  const onlyOne = ([application, another]: Application[], foundBy: FoundBy): Whose | undefined =>
    application && !another ? { application, foundBy } : undefined;

  if (sent.endpoint === 'preflight' && sent.origin && URL.canParse(sent.origin)) {
    return onlyOne(await selectApplicationsByHost(database, new URL(sent.origin).hostname), 'origin');
  }
  if (sent.interaction) {
    const interaction = await findInteraction(database, sent.interaction, new Date(0));
    const { params } = (interaction?.details ?? {}) as { params?: { client_id?: string } };
    return byClientId(params?.client_id, 'interaction');
  }
  if (sent.endpoint === 'profile' || sent.endpoint === 'userinfo') {
    const found = (await look.bearer()) ?? (await look.bearerAsRefreshToken()) ?? (await look.bearerAsCode());
    if (found) return byClientId(found.clientId, 'token');
    return byClientId(readJwt(sentBearer(sent))?.clientId, 'jwt');
  }
  const clientId = sentClientId(sent);
  const secret = sentSecret(sent);
  const byName =
    (await byClientId(clientId, 'client_id')) ??
    (await byClientId(clientId && trimmed(clientId), 'trimmed')) ??
    (await byClientId(secret && trimmed(secret), 'swapped'));
  if (byName) return byName;
  const presented = (await look.code()) ?? (await look.refreshToken()) ?? (await look.deviceCode());
  if (presented) return byClientId(presented.clientId, 'token');
  const hinted = readJwt(sentValue(sent, 'id_token_hint'));
  if (hinted) return byClientId(hinted.clientId, 'jwt');
  const redirectUri = sentValue(sent, 'redirect_uri');
  if (!redirectUri || redirectUri.includes('\0')) return undefined;
  return onlyOne(await selectApplicationsByRedirectUri(database, redirectUri), 'redirect_uri');
}
