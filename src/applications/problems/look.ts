/**
 * What the database knows of a refused request: each thing is looked up when a cause asks for it, and once. Codes and
 * tokens are found whether they are live or over.
 */
import { type EndOfGrant, findEndOfGrant } from '../../audit/find-end-of-grant.js';
import type { Database } from '../../database/database.js';
import { hashToken } from '../../secrets/token-hash.js';
import { findStoredAccessToken } from '../../tokens/access-tokens.js';
import { type FoundCode, findCode } from '../../tokens/authorization-codes.js';
import { type DeviceCodeRecord, findDeviceCode } from '../../tokens/device-codes.js';
import type { FoundToken } from '../../tokens/records.js';
import { type FoundRefreshToken, findRefreshToken } from '../../tokens/refresh-tokens.js';
import type { Application } from '../application.js';
import { findApplicationByClientId } from '../find-application.js';
import { findSibling } from '../owned-store.js';
import { hashSecret } from '../secrets/client-secrets.js';
import { type EndedSecret, findEndedSecret } from '../secrets/retired-secrets.js';
import { type OwnedSecret, selectSecretsLike } from '../secrets/secrets-store.js';
import { type SentRequest, sentBearer, sentValue } from './sent-request.js';

export interface Look {
  /** The parameter `code` as an authorization code. */
  code(): Promise<FoundCode | undefined>;
  /** The parameter `refresh_token` as a refresh token. */
  refreshToken(): Promise<FoundRefreshToken | undefined>;
  /** The parameter `refresh_token` as an access token. */
  refreshTokenAsAccessToken(): Promise<FoundToken | undefined>;
  deviceCode(): Promise<DeviceCodeRecord | undefined>;
  /** What was presented to a resource, as an access token, a refresh token or a code. */
  bearer(): Promise<FoundToken | undefined>;
  bearerAsRefreshToken(): Promise<FoundRefreshToken | undefined>;
  bearerAsCode(): Promise<FoundCode | undefined>;
  /** What has probably ended the sign-in of a token. */
  endOf(token: FoundToken): Promise<EndOfGrant | undefined>;
  /** The secret of this application that this was, and is no more. */
  endedSecret(application: Application, secret: string): Promise<EndedSecret | undefined>;
  clientOf(clientId: string): Promise<Application | undefined>;
  /** The application of this client id, when the same person or team owns it as well: then it may be named. */
  siblingOf(application: Application, clientId: string): Promise<Application | undefined>;
  /** The secrets of this application and of its owner's others, expired ones too, that are one of these in clear. */
  secretsLike(application: Application, candidates: string[]): Promise<OwnedSecret[]>;
}

/** Asks at the first call only. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

/** @param find looks for the hash of the value; nothing is found for no value */
const byValue = <T>(value: string | undefined, find: (hash: Buffer) => Promise<T | undefined>) =>
  once(async () => (value ? find(hashToken(value)) : undefined));

export function createLook(database: Database, sent: SentRequest): Look {
  const bearer = sentBearer(sent);
  const refreshToken = sentValue(sent, 'refresh_token');
  return {
    code: byValue(sentValue(sent, 'code'), (hash) => findCode(database, hash)),
    refreshToken: byValue(refreshToken, (hash) => findRefreshToken(database, hash)),
    refreshTokenAsAccessToken: byValue(refreshToken, (hash) => findStoredAccessToken(database, hash)),
    deviceCode: byValue(sentValue(sent, 'device_code'), (hash) => findDeviceCode(database, hash)),
    bearer: byValue(bearer, (hash) => findStoredAccessToken(database, hash)),
    bearerAsRefreshToken: byValue(bearer, (hash) => findRefreshToken(database, hash)),
    bearerAsCode: byValue(bearer, (hash) => findCode(database, hash)),
    endOf: async ({ accountId, clientId, issuedAt }) =>
      accountId === null ? undefined : findEndOfGrant(database.knex, { accountId, clientId, issuedAt }),
    endedSecret: ({ id }, secret) => findEndedSecret(database.knex, id, secret, sent.at),
    clientOf: (clientId) => findApplicationByClientId(database.knex, clientId),
    siblingOf: (application, clientId) => findSibling(database.knex, application, clientId),
    secretsLike: (application, candidates) =>
      selectSecretsLike(database.knex, application, candidates.map(hashSecret)),
  };
}
