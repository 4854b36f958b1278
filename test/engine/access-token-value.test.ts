/**
 * What engine/jwt-access-tokens.ts overrides in the engine and goes around: that the engine still has those places, and would
 * behave otherwise without us. What ours does is in test/tokens/jwt-access-tokens.test.ts.
 */
import '../../src/engine/known-warnings.js';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import Provider, { type ClientMetadata } from 'oidc-provider';
import { introspect, post, revoke } from '../support/oauth.js';
import { createApp, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let app: TestApplication;

// An engine as it comes warns that its keys, its storage and its lifetimes are for trying out.
jest.spyOn(console, 'warn').mockImplementation(() => {});
jest.spyOn(console, 'info').mockImplementation(() => {});

beforeAll(async () => {
  server = await startTestServer();
  app = await createApp(server);
});
afterAll(() => server.stop());

const METADATA: ClientMetadata = {
  client_id: 'c',
  client_secret: 's',
  redirect_uris: ['https://c1.test/cb'],
};

/** The engine as it comes. */
function plainEngine() {
  return new Provider('http://localhost:1', {
    clients: [METADATA],
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      revocation: { enabled: true },
    },
  });
}

type Model = {
  prototype: { jti: string; getValueAndPayload(): Promise<{ value: string; payload: object }> };
  new (properties: object): { jti: string; save(): Promise<string> };
  find(value: string): Promise<{ scope?: string; jti: string } | undefined>;
};

test.each(['AccessToken', 'ClientCredentials'] as const)(
  'the engine answers with the value that %s gives, and stores it under the jti it has by then',
  async (name) => {
    const engine = plainEngine();
    const Model = engine[name] as unknown as Model;
    const { getValueAndPayload } = Model.prototype;
    Model.prototype.getValueAndPayload = async function getOther() {
      const { value, payload } = await getValueAndPayload.call(this);
      expect(payload).toMatchObject({ iat: expect.any(Number), exp: expect.any(Number) });
      expect(value).toBe(this.jti);
      this.jti = `other ${value}`;
      return { value: this.jti, payload };
    };
    const token = new Model({
      client: await engine.Client.find('c'),
      accountId: '1',
      grantId: 'g',
      gty: 'x',
      scope: 'read',
    });
    const value = await token.save();
    expect(value).toMatch(/^other /);
    expect(await Model.find(value)).toMatchObject({ scope: 'read' });
    expect(await Model.find(value.replace('other ', ''))).toBeUndefined();
  },
);

test('the engine refuses whatever looks like a JWT at introspection and revocation; ours looks for it', async () => {
  const engine = plainEngine();
  const listener = engine.listen(0);
  const { port } = listener.address() as { port: number };
  const body = { token: 'eyJhbGciOiJub25lIn0.e30.', client_id: 'c', client_secret: 's' };
  const plain = { url: `http://localhost:${port}` };
  for (const path of ['/token/introspection', '/token/revocation'])
    expect((await post(plain, path, body)).body.error).toBe('unsupported_token_type');
  listener.close();
  expect((await introspect(server, app, body.token)).body).toEqual({ active: false });
  expect((await revoke(server, app, body.token)).status).toBe(200);
});
