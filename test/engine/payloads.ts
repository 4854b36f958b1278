/** What the engine hands to its adapter, for each model that is stored. */
import { randomBytes } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';

export type Payload = AdapterPayload & Record<string, unknown>;

export const newId = () => randomBytes(32).toString('base64url');
/** NumericDate. */
export const now = () => Math.floor(Date.now() / 1000);

interface Owner {
  accountId: string;
  clientId: string;
  grantId: string;
}

/** As the engine makes it; `kind` and `jti` are the model and its id. */
export function payloadFor(model: string, id: string, owner: Owner, more: Payload = {}): Payload {
  const { accountId, clientId, grantId } = owner;
  const common = { iat: now(), exp: now() + 60, jti: id, kind: model };
  const token = {
    ...common,
    accountId,
    clientId,
    grantId,
    scope: 'openid read',
    claims: { userinfo: { email: null } },
  };
  const payloads: Record<string, Payload> = {
    AuthorizationCode: {
      ...token,
      redirectUri: 'https://c1.test/cb',
      codeChallenge: 'x',
      codeChallengeMethod: 'S256',
      nonce: 'ä"\\',
      authTime: now(),
      acr: '0',
      amr: ['pwd'],
      sessionUid: 's',
    },
    AccessToken: { ...token, gty: 'authorization_code', sessionUid: 's' },
    ClientCredentials: { ...common, clientId, scope: 'read', extra: { a: 1 } },
    RefreshToken: { ...token, gty: 'authorization_code', rotations: 3, iiat: now(), nonce: 'n' },
    Grant: {
      ...common,
      accountId,
      clientId,
      openid: { scope: 'openid read', claims: ['email'] },
      rejected: { openid: { scope: 'write' } },
    },
    DeviceCode: {
      ...common,
      clientId,
      params: { client_id: clientId, scope: 'read' },
      userCode: randomBytes(4).toString('hex'),
      deviceInfo: { ip: '::1' },
    },
    Session: {
      ...common,
      uid: newId(),
      accountId,
      loginTs: now(),
      amr: ['pwd'],
      authorizations: { [clientId]: { sid: 'abc' } },
      state: { secret: 'x' },
    },
    Interaction: {
      ...common,
      returnTo: `http://localhost/o/authorize/${id}`,
      prompt: { name: 'login', reasons: ['x'], details: {} },
      params: { client_id: clientId, state: '\u{1f4a9}' },
      lastSubmission: {},
    },
  };
  return { ...payloads[model], ...more } as Payload;
}
