/** What every model of the engine is stored by, and what the files of this folder share. */
import { errors } from 'oidc-provider';
import type { Database } from '../../database/database.js';
import type { EnginePayload } from '../../tokens/engine-payload.js';
import type { FreshCodes } from '../../tokens/fresh-codes.js';
import type { LiveAccessTokens } from '../../tokens/live-access-tokens.js';

export type ModelAdapter = Partial<{
  find(id: string): Promise<EnginePayload | undefined>;
  findByUid(uid: string): Promise<EnginePayload | undefined>;
  findByUserCode(userCode: string): Promise<EnginePayload | undefined>;
  upsert(id: string, payload: EnginePayload): Promise<void>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}>;

export interface AdapterDeps {
  database: Database;
  freshCodes: FreshCodes;
  liveTokens: LiveAccessTokens;
  /** Key of the HMAC over user codes and device handles. */
  userCodeKey: Buffer;
}

/** For a conditional UPDATE that found nothing to consume. */
export function failUnless(consumed: boolean): void {
  if (!consumed) throw new errors.InvalidGrant('already used');
}
