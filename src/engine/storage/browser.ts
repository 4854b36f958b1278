/** What belongs to a browser: its session, and a sign-in in progress. */
import Provider from 'oidc-provider';
import { AccessEnded } from '../../accounts/access-epoch.js';
import { isClientId } from '../../applications/clients/load-client.js';
import type { EnginePayload } from '../../tokens/engine-payload.js';
import { numericDate } from '../../tokens/numeric-date.js';
import { hasJustSignedIn, isSigningOut, justSignedInEpoch, requestMemory } from '../request-memory.js';
import { actorIn, type SessionActor } from '../session-actors.js';
import { signOut } from '../sign-out.js';
import type { AdapterDeps, ModelAdapter } from './model-adapter.js';
import {
  deleteSession,
  findInteraction,
  findSession,
  findSessionByUid,
  finishInteraction,
  insertSession,
  saveInteraction,
  updateSession,
} from './sessions-store.js';

interface SessionPayload extends EnginePayload {
  authorizations?: Record<string, { grantId?: string }>;
  /** That of the account when the session was read, or when the sign-in began which it is the end of. */
  accessEpoch?: number;
}

/** What of a session is worth writing: not its clock, and not the grants, which live in rows of their own. */
function sessionDetails(payload: SessionPayload): Record<string, unknown> {
  const {
    jti: _jti,
    kind: _kind,
    exp: _exp,
    iat: _iat,
    uid: _uid,
    accessEpoch: _accessEpoch,
    authorizations,
    ...details
  } = payload;
  if (!authorizations) return details;
  const kept = Object.entries(authorizations).map(([clientId, { grantId: _grantId, ...rest }]) => [
    clientId,
    rest,
  ]);
  return { ...details, authorizations: Object.fromEntries(kept) };
}

// A session is extended at each use; writing that down is worth a statement only once a tenth of its life has passed.
const WORTH_EXTENDING = 0.1;

/**
 * A session that was read is only ever updated: when it was ended in the meantime (signed out, password changed, account
 * disabled) there is no row left, and a request in flight must not bring it back. Only a new session, or one of somebody
 * who has signed in just now, is inserted.
 */
export function sessions({ database }: AdapterDeps): ModelAdapter {
  return {
    async find(id) {
      // The engine reads the session before it looks at the parameters.
      const named = Provider.ctx?.query.client_id;
      const clientId = isClientId(named) ? named : undefined;
      const session = await findSession(database, id, clientId, new Date());
      if (!session) return undefined;
      const { uid, holder, accessEpoch, consent } = session;
      const { accountId: _accountId, actor, ...anonymous } = session.details;
      const details = holder ? session.details : anonymous;
      const exp = numericDate(session.expiresAt);
      const memory = requestMemory();
      memory.holder = holder;
      memory.actor = holder && (actor as SessionActor | undefined);
      if (holder && clientId) memory.consent = { accountId: holder.id, clientId, found: consent };
      memory.session = { id, uid, exp, details: JSON.stringify(details) };
      return Object.assign({ kind: 'Session', jti: id, uid, exp, accessEpoch }, details);
    },
    async findByUid(uid) {
      const session = await findSessionByUid(database, uid, new Date());
      return session && { ...session.details, kind: 'Session', uid, exp: numericDate(session.expiresAt) };
    },
    async upsert(id, payload) {
      const { session: read } = requestMemory();
      const details = sessionDetails(payload);
      const exp = Math.min(Number(payload.exp), actorIn(payload)?.until ?? Number.POSITIVE_INFINITY);
      if (read?.id === id && read.details === JSON.stringify(details) && !isWorthExtending(read.exp, exp))
        return;
      const session = {
        uid: String(payload.uid),
        accountId: payload.accountId === undefined ? null : Number(payload.accountId),
        details,
        expiresAt: new Date(exp * 1000),
      };
      const hasSignedIn = hasJustSignedIn();
      const epoch = hasSignedIn ? justSignedInEpoch() : undefined;
      if (read && (await updateSession(database, read.id, id, session, epoch))) read.id = id;
      else if (!read || hasSignedIn) {
        const begun = hasSignedIn ? epoch : (payload as SessionPayload).accessEpoch;
        const isStored = await insertSession(database, id, session, new Date(), begun);
        // Within the engine's requests nothing else leaves either (storage/tokens.ts).
        if (!isStored && !Provider.ctx) throw new AccessEnded();
      }
    },
    async destroy(id) {
      const { session: read } = requestMemory();
      // When the engine gives a session a new id it destroys the old one first; upsert() does both in one statement.
      if (read?.id === id && !isSigningOut()) return;
      // By its uid, which stays the same when another request in flight gives the session a new id.
      if (read?.id === id) await signOut(database, { uid: read.uid, ...whoSignsOut() });
      else await deleteSession(database, id);
    },
  };
}

function whoSignsOut() {
  const { network, requestId } = Provider.ctx?.state ?? {};
  const { holder, actor } = requestMemory();
  return { accountId: holder?.id, actor, network, requestId };
}

function isWorthExtending(before: number, exp: number): boolean {
  return exp - before >= (exp - numericDate(new Date())) * WORTH_EXTENDING;
}

/** The person who has proved who they are in this step or one before it. */
function signedInWithin({ result, lastSubmission }: Record<string, unknown>): number | null {
  for (const submission of [result, lastSubmission] as { login?: { accountId?: string } }[]) {
    if (submission?.login?.accountId) return Number(submission.login.accountId);
  }
  return null;
}

// Stands for the interaction's own id in what is stored: returnTo ends with it, and it is a credential.
const ID_PLACEHOLDER = '{uid}';

export function interactions({ database }: AdapterDeps): ModelAdapter {
  return {
    async find(uid) {
      const record = await findInteraction(database, uid, new Date());
      if (!record || record.finishedAt) return undefined;
      const { returnTo } = record.details;
      return {
        ...record.details,
        returnTo: String(returnTo).replace(ID_PLACEHOLDER, uid),
        kind: 'Interaction',
        jti: uid,
        exp: numericDate(record.expiresAt),
      };
    },
    async upsert(uid, payload) {
      const { jti: _jti, kind: _kind, exp, session, returnTo, ...details } = payload;
      // The engine keeps the session's cookie value here and never reads it.
      const { cookie: _cookie, ...keptSession } = (session ?? {}) as { cookie?: string };
      await saveInteraction(database, uid, {
        accountId: signedInWithin(details),
        details: {
          ...details,
          ...(session ? { session: keptSession } : {}),
          returnTo: String(returnTo).replace(uid, ID_PLACEHOLDER),
        },
        expiresAt: new Date(Number(exp) * 1000),
      });
    },
    destroy: (uid) => finishInteraction(database, uid, new Date()),
  };
}
