/**
 * The authorization code grant (RFC 6749 4.1.3, PKCE by RFC 7636). A code works once: a second use by its own client
 * revokes everything the first one gave (RFC 9700 4.5); somebody else's client cannot burn it.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { recordEvent } from '../audit/audit.js';
import { countWrongVerifier, exchangeCode, type FoundCode, findCode } from '../tokens/authorization-codes.js';
import { revokeGrant } from '../tokens/grants.js';
import { hashToken } from '../tokens/token-hash.js';
import { remember } from '../engine/request-memory.js';
import { invalidGrant, issuedTokens, type TokenGrant, type TokenRequest } from './token-request.js';

export const authorizationCode: TokenGrant = {
  grantType: 'authorization_code',
  parameters: ['code', 'code_verifier', 'redirect_uri'],

  async prepare(request) {
    const { code } = request.ctx.oidc.params;
    const found = code ? await findCode(request.database, hashToken(code)) : undefined;
    // Missing, unknown or another client's: the engine refuses it, and nothing happens to it.
    if (!code || found?.clientId !== request.ctx.oidc.client.clientId) return undefined;
    if (found.consumedAt) await refuseReplay(request, found);
    remember(code, found);
    if (found.expiresAt > request.at) await checkVerifier(request, found);
    return undefined;
  },

  async store(request) {
    const code = presentedCode(request);
    if (await exchangeCode(request.database, code, issuedTokens(request), request.at)) return;
    await refuseReplay(request, code);
  },
};

function presentedCode({ ctx, memory }: TokenRequest): FoundCode {
  return memory.presented.get(ctx.oidc.params.code ?? '') as FoundCode;
}

async function refuseReplay(request: TokenRequest, code: FoundCode): Promise<never> {
  const { ctx, database, at } = request;
  if (code.grantId) await revokeGrant(database, code.grantId);
  await recordEvent(database.knex, {
    event: 'code.replayed',
    at,
    clientId: code.clientId,
    ...(code.accountId === null ? {} : { accountId: code.accountId }),
    network: ctx.state.network,
    requestId: ctx.state.requestId,
  });
  throw invalidGrant('the authorization code was used before; the tokens it gave have been revoked');
}

async function checkVerifier({ ctx, database, at }: TokenRequest, code: FoundCode): Promise<void> {
  const { codeChallenge } = code.details;
  if (typeof codeChallenge !== 'string') return;
  const verifier = ctx.oidc.params.code_verifier;
  const computed = createHash('sha256').update(verifier ?? '').digest('base64url');
  const expected = Buffer.from(codeChallenge);
  const actual = Buffer.from(computed);
  if (verifier && expected.length === actual.length && timingSafeEqual(expected, actual)) return;
  await countWrongVerifier(database, code, at);
  throw invalidGrant(
    verifier
      ? 'code_verifier does not match the code_challenge of the authorization request'
      : 'code_verifier is missing: the authorization request had a code_challenge',
  );
}
