/** The client credentials grant (RFC 6749 4.4): a token for the application itself, with no person behind it. */
import { insertAccessToken } from '../tokens/access-tokens.js';
import { requestedScopes } from './answer-token-request.js';
import { issuedTokens, type TokenGrant } from './token-request.js';

export const clientCredentials: TokenGrant = {
  grantType: 'client_credentials',
  parameters: ['scope'],
  isOfEngine: true,
  isIssuedPlainly: true,

  async answer(request, issue) {
    request.params.scope = requestedScopes(request).join(' ');
    await issue();
    await insertAccessToken(request.database, issuedTokens(request).accessToken);
  },
};
