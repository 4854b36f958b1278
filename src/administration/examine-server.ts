/** The health of the whole, as a superuser sees it: what `latchkey doctor` looks at, and what only a running server has. */
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import {
  checkClock,
  checkDatabase,
  type Finding,
  fine,
  note,
  problem,
  type Verdict,
} from '../health/findings.js';
import { countWaitingMails } from '../mail/waiting-mails.js';
import { readStats, type Stats } from '../stats/read-stats.js';

interface Deps {
  config: Config;
  database: Database;
}

async function checkMails({ config, database }: Deps, at: Date): Promise<Verdict> {
  if (config.mail.mode === 'off')
    return note('Mail is off: nobody can reset a password or verify an address. Set SMTP_URL.');
  if (config.mail.mode === 'kept') return note('No mail server: mails are kept and shown at /dev/mails.');
  const { waiting, delayed, givenUp, lastError } = await countWaitingMails(database.knex, at);
  if (delayed || givenUp) {
    const reason = lastError ? ` The mail server said: ${lastError}` : '';
    return problem(
      `${delayed} of ${waiting} waiting mails were not taken at the first try, ${givenUp} were given up within a day.${reason}`,
    );
  }
  return fine(waiting ? `${waiting} on their way` : 'none waiting');
}

/** Rows that are over leave some minutes later; many of them that are still there say that nobody sweeps. */
function checkSweeping({ leaving }: Stats): Verdict {
  const late = leaving.rows.filter(({ expired, isMore }) => expired > 0 && isMore);
  if (!late.length) return fine('what has expired leaves by itself');
  return note(
    `Much has expired and is still there (${late.map(({ what }) => what).join(', ')}): it is on its way out.`,
  );
}

/** @returns the findings in the order of the page, and the numbers below them */
export async function examineServer(deps: Deps, at: Date): Promise<{ findings: Finding[]; stats: Stats }> {
  const { config, database } = deps;
  const stats = await readStats(database.knex, { auditKeepDays: config.auditKeepDays, now: at });
  const findings = [
    { about: 'Database', ...(await checkDatabase(config, database)) },
    { about: 'Clock', ...(await checkClock(database)) },
    { about: 'Mail', ...(await checkMails(deps, at)) },
    { about: 'Storage', ...checkSweeping(stats) },
  ];
  return { findings, stats };
}
