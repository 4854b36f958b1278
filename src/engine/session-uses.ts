/**
 * When a session was last used, from where and by which browser. Nobody waits for that to be written down: it is done
 * after the answer, once in five minutes for each session, and one that fails is logged.
 */
import type { Context } from 'koa';
import type { Database } from '../database/database.js';
import type { Logger } from '../logging/log.js';
import { noteSessionUse, USES_APART } from './storage/account-sessions.js';

export interface SessionUses {
  /** @param uid of the session that this request was made with */
  note(ctx: Context, uid: string): void;
}

// Those noted by this process, so that most requests ask the database nothing; some 100 bytes each.
const MOST_REMEMBERED = 20_000;

export function createSessionUses(database: Database, log: Logger): SessionUses {
  // In the order in which they were noted; milliseconds.
  const noted = new Map<string, number>();

  function isNotedAlready(uid: string, now: number): boolean {
    const before = noted.get(uid);
    return before !== undefined && Math.abs(now - before) < USES_APART;
  }

  function remember(uid: string, now: number): void {
    noted.delete(uid);
    noted.set(uid, now);
    const oldest = noted.keys().next();
    if (noted.size > MOST_REMEMBERED && !oldest.done) noted.delete(oldest.value);
  }

  return {
    note(ctx, uid) {
      const at = new Date();
      if (isNotedAlready(uid, at.getTime())) return;
      remember(uid, at.getTime());
      const use = { uid, at, network: ctx.state.network, userAgent: ctx.get('user-agent') };
      ctx.res.once('close', () => {
        noteSessionUse(database, use).catch((err) => {
          noted.delete(uid);
          log.warn({ err }, 'could not write down that a session was used');
        });
      });
    },
  };
}
