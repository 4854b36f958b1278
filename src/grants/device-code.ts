/** The device authorization grant (RFC 8628 3.4): the device polls until its person has decided at a browser. */
import { errors } from 'oidc-provider';
import { exchangeDeviceCode, notePoll } from '../tokens/device-codes.js';
import { hashToken } from '../tokens/token-hash.js';
import { invalidGrant, issuedTokens, type TokenGrant } from './token-request.js';

export const deviceCode: TokenGrant = {
  grantType: 'urn:ietf:params:oauth:grant-type:device_code',
  parameters: ['device_code'],

  async prepare({ ctx, database, at }) {
    const { device_code: code } = ctx.oidc.params;
    if (!code) return undefined;
    const poll = await notePoll(database, hashToken(code), ctx.oidc.client.clientId, at);
    if (poll?.early) throw new errors.SlowDown(`wait ${poll.interval} seconds between two requests`);
    return undefined;
  },

  async store(request) {
    const { ctx, database, at } = request;
    const hash = hashToken(ctx.oidc.params.device_code ?? '');
    if (await exchangeDeviceCode(database, hash, issuedTokens(request), at)) return;
    throw invalidGrant('the device code was used before');
  },
};
