/**
 * The engine's storage: each of its models on the tables of src/tokens and the session store. The engine hands over
 * and wants back plain payloads; what it looks up by a credential is found by that credential's hash alone.
 *
 * During a token request what is consumed and issued is only collected here; the grant stores it in one
 * statement (src/grants). Elsewhere consume() is a single conditional UPDATE, since the engine checks "consumed" and only then
 * consumes: of two that race, the second must fail here.
 */
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { interactions, sessions } from './browser.js';
import { deviceCodes } from './device-codes.js';
import type { AdapterDeps, ModelAdapter } from './model-adapter.js';
import { accessTokens, authorizationCodes, grants, refreshTokens } from './tokens.js';

function unused(model: string): Adapter {
  const refuse = async () => {
    throw new Error(`${model} is not stored: the feature of the engine that needs it is off.`);
  };
  return {
    find: refuse,
    findByUid: refuse,
    findByUserCode: refuse,
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}

/** The engine's adapter factory: one adapter for each of its models. */
export function createAdapter(deps: AdapterDeps): (model: string) => Adapter {
  const models: Record<string, ModelAdapter> = {
    AuthorizationCode: authorizationCodes(deps),
    AccessToken: accessTokens(deps, 'AccessToken'),
    ClientCredentials: accessTokens(deps, 'ClientCredentials'),
    RefreshToken: refreshTokens(deps),
    Grant: grants(deps),
    DeviceCode: deviceCodes(deps),
    Session: sessions(deps),
    Interaction: interactions(deps),
  };
  // The payloads are the engine's own, passed through; its type names every property any model might have.
  return (model) => ({
    ...unused(model),
    ...(models[model] as { find(id: string): Promise<AdapterPayload> }),
  });
}
