/** Whether an authorization request needs the person at all, or what they have decided before answers it. */
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import type { Application } from '../applications/application.js';
import type { Database } from '../database/database.js';
import { applicationOf, previewUrisOf } from '../engine/clients.js';
import { requestMemory } from '../engine/request-memory.js';
import { type Consent, findConsent, mergeConsent } from './consents.js';

const NOTHING: Consent = { scopes: [], rejectedScopes: [], claims: [], rejectedClaims: [] };

/** What the person has decided, and what a superuser who acts as them has just decided for this sign-in alone (routes.ts). */
async function findDecision(
  database: Database,
  { result }: KoaContextWithOIDC['oidc'],
  accountId: number,
  clientId: string,
): Promise<Consent | undefined> {
  const before = await recallConsent(database, accountId, clientId);
  requestMemory().isByConsent = before !== undefined;
  const now = result?.consent?.decision as Consent | undefined;
  return now ? mergeConsent(before ?? NOTHING, now) : before;
}

/** Mostly it came along with the session. */
async function recallConsent(
  database: Database,
  accountId: number,
  clientId: string,
): Promise<Consent | undefined> {
  const { consent: known } = requestMemory();
  if (known?.accountId === accountId && known.clientId === clientId) return known.found;
  return findConsent(database, accountId, clientId);
}

/**
 * The grant for this request when it needs no question: the application skips consent, or the person has decided on
 * everything it asks for, just now or, unless it wants the question each time, before. It is stored with the code it leads to.
 */
export async function loadRememberedGrant(
  database: Database,
  ctx: KoaContextWithOIDC,
): Promise<Grant | undefined> {
  const { oidc } = ctx;
  if (!oidc.client || !oidc.account) return undefined;
  const application = applicationOf(oidc.client);
  const { consent, clientId } = application;
  // A script adds those: the person sees where they are led, whatever was agreed on for the application itself.
  const isPreview = previewUrisOf(oidc.client).includes(String(oidc.params?.redirect_uri));
  const isAskedAnyway =
    consent === 'always' ||
    isPreview ||
    (consent === 'once' && mayBeImpersonated(application, oidc.params?.redirect_uri));
  if (isAskedAnyway && !oidc.result?.consent) return undefined;
  const requested = { scopes: [...oidc.requestParamScopes], claims: [...oidc.requestParamClaims] };
  // A client that asks for the question (prompt=consent) gets it, and its answer counts.
  const decided =
    consent === 'skip' && !isPreview && !oidc.prompts.has('consent')
      ? { ...requested, rejectedScopes: [], rejectedClaims: [] }
      : await findDecision(database, oidc, Number(oidc.account.accountId), clientId);
  if (!decided || !coversRequest(decided, requested)) return undefined;

  const grant = new oidc.provider.Grant({ accountId: oidc.account.accountId, clientId });
  const among = (list: string[]) => (name: string) => list.includes(name);
  grant.addOIDCScope(requested.scopes.filter(among(decided.scopes)));
  grant.rejectOIDCScope(requested.scopes.filter(among(decided.rejectedScopes)));
  grant.addOIDCClaims(requested.claims.filter(among(decided.claims)));
  grant.rejectOIDCClaims(requested.claims.filter(among(decided.rejectedClaims)));
  await grant.save();
  return grant;
}

/**
 * RFC 8252 8.6: whatever program runs on the device can listen on a loopback port or claim a scheme, and would be given a code
 * without a word; so the person is asked each time.
 */
function mayBeImpersonated({ clientType, redirectUris }: Application, redirectUri: unknown): boolean {
  if (clientType === 'confidential' || typeof redirectUri !== 'string') return false;
  const isOnAnyPort = !redirectUris.includes(redirectUri) && /^http:/.test(redirectUri);
  return isOnAnyPort || !/^https?:/.test(redirectUri);
}

// Claims of the protocol itself, which nobody is asked about.
const PROTOCOL_CLAIMS = ['sub', 'sid', 'auth_time', 'acr', 'amr', 'iss'];

function coversRequest(decided: Consent, requested: { scopes: string[]; claims: string[] }): boolean {
  const scopes = new Set([...decided.scopes, ...decided.rejectedScopes]);
  const claims = new Set([...decided.claims, ...decided.rejectedClaims, ...PROTOCOL_CLAIMS]);
  // Where everything was refused before, the person is asked anew instead of being sent back without a word.
  const isAnythingAllowed = requested.scopes.some((scope) => decided.scopes.includes(scope));
  return (
    isAnythingAllowed &&
    requested.scopes.every((scope) => scopes.has(scope)) &&
    requested.claims.every((claim) => claims.has(claim))
  );
}
