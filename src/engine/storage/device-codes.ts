/** Device codes (RFC 8628). */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { hashShortCode, hashToken } from '../../secrets/token-hash.js';
import {
  consumeDeviceCode,
  type DeviceCodeRecord,
  deleteDeviceCode,
  findDeviceCode,
  findDeviceCodeByUserCode,
  insertDeviceCode,
  updateDeviceCode,
} from '../../tokens/device-codes.js';
import type { EnginePayload } from '../../tokens/engine-payload.js';
import { saveGrant } from '../../tokens/grants.js';
import { numericDate } from '../../tokens/numeric-date.js';
import { requestMemory } from '../request-memory.js';
import { type AdapterDeps, failUnless, type ModelAdapter } from './model-adapter.js';
import { refuseGrant, revokeFamily } from './tokens.js';

/**
 * A person who types a user code gets the engine a handle on the device code instead of the code itself, which only
 * the device knows: the row's hash with a MAC, so that the bare hash of a dump is no credential.
 */
export function deviceCodes({ database, userCodeKey }: AdapterDeps): ModelAdapter {
  const macOf = (hash: Buffer) =>
    createHmac('sha256', userCodeKey).update('device handle').update(hash).digest();
  const handleOf = (hash: Buffer) => `~${hash.toString('base64url')}.${macOf(hash).toString('base64url')}`;
  const hashOf = (id: string): Buffer => {
    if (!id.startsWith('~')) return hashToken(id);
    const [hash = '', mac = ''] = id.slice(1).split('.');
    const claimed = Buffer.from(mac, 'base64url');
    const bytes = Buffer.from(hash, 'base64url');
    const isOurs = claimed.length === 32 && timingSafeEqual(claimed, macOf(bytes));
    return isOurs ? bytes : hashToken(id);
  };
  const payloadOf = (jti: string, record: DeviceCodeRecord): EnginePayload => ({
    ...record.details,
    kind: 'DeviceCode',
    jti,
    clientId: record.clientId,
    ...(record.grantId === null ? {} : { grantId: record.grantId }),
    exp: numericDate(record.expiresAt),
    ...(record.consumedAt ? { consumed: numericDate(record.consumedAt) } : {}),
  });

  return {
    async find(id) {
      const record = await findDeviceCode(database, hashOf(id));
      return record && payloadOf(id, record);
    },
    async findByUserCode(userCode) {
      const record = await findDeviceCodeByUserCode(database, hashShortCode(userCodeKey, userCode));
      return record && { ...payloadOf(handleOf(record.hash), record), userCode };
    },
    async upsert(id, payload) {
      const {
        userCode,
        clientId,
        grantId,
        exp,
        jti: _jti,
        kind: _kind,
        consumed: _consumed,
        ...details
      } = payload;
      const hash = hashOf(id);
      const grant = grantId === undefined ? null : String(grantId);
      const { newGrant } = requestMemory();
      if (newGrant && newGrant.id === grant && !(await saveGrant(database, newGrant))) {
        // The engine notes the refusal in the code, without a grant then.
        delete requestMemory().newGrant;
        throw refuseGrant(newGrant);
      }
      // The engine notes a failure of ours as the person's decision; the code is to be tried again instead.
      if (details.error === 'server_error') return;
      if (id.startsWith('~') || typeof userCode !== 'string') {
        await updateDeviceCode(database, { hash, grantId: grant, details });
        return;
      }
      await insertDeviceCode(database, {
        hash,
        userCodeHmac: hashShortCode(userCodeKey, userCode),
        clientId: String(clientId),
        grantId: grant,
        expiresAt: new Date(Number(exp) * 1000),
        details,
      });
    },
    async consume(id) {
      if (requestMemory().issued) return;
      failUnless(await consumeDeviceCode(database, hashOf(id), new Date()));
    },
    destroy: (id) => deleteDeviceCode(database, hashOf(id)),
    revokeByGrantId: (grantId) => revokeFamily(database, grantId),
  };
}
