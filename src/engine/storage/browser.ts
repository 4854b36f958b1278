/** What belongs to a browser: its session, and a sign-in in progress. */
import type { EnginePayload } from '../../tokens/records.js';
import { requestMemory } from '../request-memory.js';
import {
  deleteSession,
  findInteraction,
  findSession,
  findSessionByUid,
  finishInteraction,
  saveInteraction,
  saveSession,
} from './sessions-store.js';
import { type AdapterDeps, type ModelAdapter, seconds } from './model-adapter.js';

interface SessionPayload extends EnginePayload {
  authorizations?: Record<string, { grantId?: string }>;
}

/** What of a session is worth writing: not its clock, and not the grants, which live in rows of their own. */
function sessionDetails(payload: SessionPayload): Record<string, unknown> {
  const { jti: _jti, kind: _kind, exp: _exp, iat: _iat, uid: _uid, authorizations, ...details } = payload;
  if (!authorizations) return details;
  const kept = Object.entries(authorizations).map(([clientId, { grantId: _grantId, ...rest }]) => [clientId, rest]);
  return { ...details, authorizations: Object.fromEntries(kept) };
}

// A session is extended at each use; writing that down is worth a statement only once a tenth of its life has passed.
const WORTH_EXTENDING = 0.1;

export function sessions({ database }: AdapterDeps): ModelAdapter {
  return {
    async find(id) {
      const session = await findSession(database, id, new Date());
      if (!session) return undefined;
      const { accountId: _accountId, ...anonymous } = session.details;
      const details = session.holder ? session.details : anonymous;
      const memory = requestMemory();
      memory.holder = session.holder;
      memory.sessionAsRead = JSON.stringify({ id, exp: seconds(session.expiresAt), details });
      return { ...details, kind: 'Session', jti: id, uid: session.uid, exp: seconds(session.expiresAt) };
    },
    async findByUid(uid) {
      const session = await findSessionByUid(database, uid, new Date());
      return session && { ...session.details, kind: 'Session', uid, exp: seconds(session.expiresAt) };
    },
    async upsert(id, payload) {
      const exp = Number(payload.exp);
      const details = sessionDetails(payload);
      const { sessionAsRead } = requestMemory();
      if (sessionAsRead) {
        const before = JSON.parse(sessionAsRead) as { exp: number };
        const unchanged = sessionAsRead === JSON.stringify({ id, exp: before.exp, details });
        const life = exp - seconds(new Date());
        if (unchanged && exp - before.exp < life * WORTH_EXTENDING) return;
      }
      await saveSession(database, id, {
        uid: String(payload.uid),
        accountId: payload.accountId === undefined ? null : Number(payload.accountId),
        details,
        expiresAt: new Date(exp * 1000),
      });
    },
    destroy: (id) => deleteSession(database, id),
  };
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
        exp: seconds(record.expiresAt),
      };
    },
    async upsert(uid, payload) {
      const { jti: _jti, kind: _kind, exp, session, returnTo, ...details } = payload;
      // The engine keeps the session's cookie value here and never reads it.
      const { cookie: _cookie, ...keptSession } = (session ?? {}) as { cookie?: string };
      await saveInteraction(database, uid, {
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
