/**
 * The authorization code grant (RFC 6749 4.1.3, PKCE by RFC 7636). A code works once: a second use by its own client
 * revokes everything the first one gave (RFC 9700 4.5); somebody else's client cannot burn it.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { errors } from 'oidc-provider';
import { hashToken } from '../secrets/token-hash.js';
import { countWrongVerifier, exchangeCode, type FoundCode, findCode } from '../tokens/authorization-codes.js';
import { revokeStolenGrant } from './revoke-stolen-grant.js';
import { invalidGrant, issuedTokens, type TokenGrant, type TokenRequest } from './token-request.js';

export const authorizationCode: TokenGrant = {
  grantType: 'authorization_code',
  parameters: ['code', 'code_verifier', 'redirect_uri'],
  isOfEngine: true,
  isIssuedPlainly: true,

  async answer(request, issue) {
    const { client, params, database, memory, at } = request;
    const { code } = params;
    const known = memory.code?.value === code ? memory.code?.found : undefined;
    const found = known ?? (code ? await readCode(request, hashToken(code)) : undefined);
    if (!code || found?.clientId !== client.clientId) {
      // Missing, unknown or another client's: the engine says so, and nothing happens to the code.
      return issue();
    }
    const isVerified = verifies(found, params.code_verifier);
    if (found.consumedAt && isVerified) await refuseReplay(request, found);
    // Whoever has picked up a used code somewhere, without its verifier, must not sign anybody out with it.
    if (found.consumedAt) throw invalidGrant('the authorization code was used before');
    if (found.expiresAt > at && !isVerified) await refuseVerifier(request, found);
    requireRedirectUri(params.redirect_uri, found);
    memory.code = { value: code, found };
    await issue();
    const isFirst = await exchangeCode(database, { hash: found.hash, at, ...issuedTokens(request) });
    if (isFirst) return;
    // Somebody was faster since we read the row: used it, ended it by a third wrong verifier, or took back what it rests on.
    const now = await findCode(database, found.hash);
    if (now?.consumedAt) await refuseReplay(request, found);
    if (now && !(now.grant && now.holder))
      throw invalidGrant('the person was signed out, or took back what they had allowed, in the meantime');
    throw invalidGrant('the authorization code has expired');
  },
};

async function readCode(
  { database, freshCodes }: TokenRequest,
  hash: Buffer,
): Promise<FoundCode | undefined> {
  return freshCodes.take(hash) ?? findCode(database, hash);
}

async function refuseReplay(request: TokenRequest, code: FoundCode): Promise<never> {
  await revokeStolenGrant(request, 'code.replayed', code);
  throw invalidGrant('the authorization code was used before; the tokens it gave have been revoked');
}

/** Whether the verifier is the one of the challenge (RFC 7636 4.6), or there was no challenge. */
function verifies({ details: { codeChallenge } }: FoundCode, verifier: string | undefined): boolean {
  if (typeof codeChallenge !== 'string') return true;
  const expected = Buffer.from(codeChallenge);
  const actual = Buffer.from(
    createHash('sha256')
      .update(verifier ?? '')
      .digest('base64url'),
  );
  return Boolean(verifier) && expected.length === actual.length && timingSafeEqual(expected, actual);
}

async function refuseVerifier({ params, database, at }: TokenRequest, code: FoundCode): Promise<never> {
  await countWrongVerifier(database, code, at);
  throw invalidGrant(
    params.code_verifier
      ? 'code_verifier does not match the code_challenge of the authorization request'
      : 'code_verifier is missing: the authorization request had a code_challenge',
  );
}

/** RFC 6749 4.1.3: required when the authorization request had it. */
function requireRedirectUri(redirectUri: string | undefined, { details }: FoundCode): void {
  if (redirectUri || details.redirectUriOmitted) return;
  throw new errors.InvalidRequest('redirect_uri is missing: send the one of the authorization request');
}
