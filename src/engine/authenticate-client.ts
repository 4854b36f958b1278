import type { Context } from 'koa';
import type Provider from 'oidc-provider';
import type { Client } from 'oidc-provider';
import { findAtOnce } from '../applications/secrets/check-secret.js';
import type { SecretUses } from '../applications/secrets/secret-uses.js';
import { liveSecretsOf } from './clients.js';
import { findBasicCredentials } from './token-endpoint-body.js';

/**
 * The client of a request that authenticates in one of the plain ways: by its id and secret in a Basic header or in the
 * body (RFC 6749 2.3.1), or, public and without a secret, by its id. Whatever it is not sure of, it leaves to the engine,
 * which knows every way there is and words the refusals.
 */
export async function findPlainClient(
  { engine, secretUses }: { engine: Provider; secretUses: SecretUses },
  ctx: Context,
  params: Record<string, string | undefined>,
): Promise<Client | undefined> {
  const header = ctx.get('authorization');
  const presented = header
    ? findBasicCredentials(header)
    : { clientId: params.client_id, secret: params.client_secret };
  if (!presented?.clientId || (params.client_id ?? presented.clientId) !== presented.clientId)
    return undefined;
  const client = await engine.Client.find(presented.clientId);
  if (!client) return undefined;
  const secrets = liveSecretsOf(client);
  if (client.tokenEndpointAuthMethod === 'none')
    return presented.secret || secrets.length ? undefined : client;
  const secret = presented.secret && findAtOnce(secrets, presented.secret);
  if (!secret) return undefined;
  secretUses.note(secret.id, ctx.state.network);
  return client;
}
