/**
 * When nobody could reach the server, because its database was away or because it did not run itself. A client whose
 * answer was lost in that moment can ask again only afterwards, so that time does not count into the grace of a refresh
 * token (grants/refresh-token.ts).
 *
 * Every process notes once a second that it is alive and reaches the database. Whoever finds that nobody has done so for a
 * while writes down since when. That holds for any number of nodes, for a restart of all of them and for a database that
 * crashed, failed over or had no room left to write. A server that is too busy to do so counts as away as well.
 */
import type { Database, Statement } from '../database/database.js';
import type { Logger } from '../logging/log.js';

// Milliseconds.
const BEAT_EVERY = 1_000;
/** A process that is busy may be late by more than a beat. What is shorter than this is covered by the grace itself. */
const LONGEST_SILENCE = 3_000;
/** Seconds of outages that are left out of a grace, at most: whoever asks again later than that signs in again. */
const MOST_LEFT_OUT = 3_600;
const KEPT_FOR = 86_400_000;

export interface Outages {
  /** Seconds between the two moments in which nobody could reach the server. */
  secondsBetween(from: Date, to: Date): Promise<number>;
}

export interface WatchedOutages extends Outages {
  /** Notes that this process is alive, and the outage that is over by that. */
  beat(): Promise<void>;
}

/*
 * $1 now, $2 since when this process itself has heard nothing from the database, $3 the latest beginning that is an outage.
 * Of two nodes that come back at the same moment the second waits for the row, and finds that somebody was here.
 * A beat that a crash takes back makes the outage look longer by it, so it does not wait for the disk.
 */
const BEAT: Statement = {
  name: 'outages-beat',
  text: `WITH last AS (
      SELECT seen_at, set_config('synchronous_commit', 'off', true) FROM heartbeat FOR UPDATE
    ), beat AS (
      UPDATE heartbeat SET seen_at = $1 FROM last RETURNING last.seen_at AS before
    )
    INSERT INTO outages (began_at, ended_at, expires_at)
    SELECT greatest(before, $2), $1, $4 FROM beat WHERE before IS NOT NULL AND greatest(before, $2) < $3`,
};

const LEFT_OUT: Statement = {
  name: 'outages-between',
  text: `SELECT coalesce(sum(extract(epoch FROM least(ended_at, $2) - greatest(began_at, $1))), 0)::float AS seconds
    FROM outages WHERE ended_at > $1 AND began_at < $2`,
};

/** @param elapsed milliseconds of a clock that nobody sets: a server whose time is put right was not away */
export function createOutages(database: Database, elapsed = () => performance.now()): WatchedOutages {
  // A process that has just begun knows nothing of its own: the table tells when somebody was last alive.
  let reachedAt = Number.NEGATIVE_INFINITY;

  async function beat(): Promise<void> {
    const now = Date.now();
    const silence = Math.min(elapsed() - reachedAt, now);
    const begun = elapsed();
    const latest = now - LONGEST_SILENCE;
    const values = [now, now - silence, latest, now + KEPT_FOR].map((moment) => new Date(moment));
    await database.query(BEAT, values);
    reachedAt = begun;
  }

  return {
    beat,
    async secondsBetween(from, to) {
      // The outage in question may have ended a moment ago, and nobody has noted it yet.
      await beat();
      const [row] = await database.query<{ seconds: number }>(LEFT_OUT, [from, to]);
      return Math.min(row?.seconds ?? 0, MOST_LEFT_OUT);
    },
  };
}

/** Beats until the returned function is called, which waits for the beat under way. */
export function startBeating({ beat }: WatchedOutages, log: Logger): () => Promise<void> {
  let running = Promise.resolve();
  let isFailing = false;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const round = async (): Promise<void> => {
    try {
      await beat();
      isFailing = false;
    } catch (err) {
      // That the database is away is said by every request that fails of it.
      if (!isFailing) log.debug({ err }, 'could not note that the server is alive');
      isFailing = true;
    }
    if (!isStopped) plan();
  };
  const plan = (): void => {
    timer = setTimeout(() => {
      running = round();
    }, BEAT_EVERY);
    timer.unref();
  };

  running = round();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await running;
  };
}
