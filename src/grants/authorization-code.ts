/**
 * The authorization code grant (RFC 6749 4.1.3, PKCE by RFC 7636). A code works once: a second use by its own client
 * revokes everything the first one gave (RFC 9700 4.5); somebody else's client cannot burn it.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { hashToken } from '../secrets/token-hash.js';
import { countWrongVerifier, exchangeCode, type FoundCode, findCode } from '../tokens/authorization-codes.js';
import { revokeStolenGrant } from './revoke-stolen-grant.js';
import { invalidGrant, issuedTokens, type TokenGrant, type TokenRequest } from './token-request.js';

export const authorizationCode: TokenGrant = {
  grantType: 'authorization_code',
  parameters: ['code', 'code_verifier', 'redirect_uri'],
  isOfEngine: true,

  async answer(request, issue) {
    const { ctx, database, memory, at } = request;
    const { code } = ctx.oidc.params;
    const found = code ? await findCode(database, hashToken(code)) : undefined;
    if (!code || found?.clientId !== ctx.oidc.client.clientId) {
      // Missing, unknown or another client's: the engine says so, and nothing happens to the code.
      return issue();
    }
    if (found.consumedAt) await refuseReplay(request, found);
    if (found.expiresAt > at) await checkVerifier(request, found);
    memory.code = { value: code, found };
    await issue();
    const isFirst = await exchangeCode(database, found, issuedTokens(request), at);
    if (!isFirst) await refuseReplay(request, found);
  },
};

async function refuseReplay(request: TokenRequest, code: FoundCode): Promise<never> {
  await revokeStolenGrant(request, 'code.replayed', code);
  throw invalidGrant('the authorization code was used before; the tokens it gave have been revoked');
}

async function checkVerifier({ ctx, database, at }: TokenRequest, code: FoundCode): Promise<void> {
  const { codeChallenge } = code.details;
  if (typeof codeChallenge !== 'string') return;
  const verifier = ctx.oidc.params.code_verifier;
  const computed = createHash('sha256')
    .update(verifier ?? '')
    .digest('base64url');
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
