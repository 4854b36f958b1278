/** The device authorization grant (RFC 8628 3.4): the device polls until its person has decided at a browser. */
import { errors } from 'oidc-provider';
import { hashToken } from '../secrets/token-hash.js';
import { exchangeDeviceCode, notePoll } from '../tokens/device-codes.js';
import { invalidGrant, issuedTokens, type TokenGrant } from './token-request.js';

export const deviceCode: TokenGrant = {
  grantType: 'urn:ietf:params:oauth:grant-type:device_code',
  parameters: ['device_code'],
  isOfEngine: true,

  async answer(request, issue) {
    const { client, params, database, at } = request;
    const { device_code: code = '' } = params;
    const hash = hashToken(code);
    const poll = await notePoll(database, hash, client.clientId, at);
    // An honest device may ask again when the answer was lost; what it was given is left alone.
    if (poll?.isUsed) throw usedBefore();
    if (poll?.early) throw new errors.SlowDown(`wait ${poll.interval} seconds between two requests`);
    await issue();
    const isFirst = await exchangeDeviceCode(database, { hash, at, ...issuedTokens(request) });
    if (!isFirst) throw usedBefore();
  },
};

const usedBefore = () => invalidGrant('the device code was used before');
