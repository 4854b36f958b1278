/** Tells a database that is away or has no more to give (restart, network, disk or pool full) from a mistake of ours. */

// SQLSTATE classes 08 (connection), 53 (disk, memory, connections used up), 57P0x (shutdown, crash, starting up);
// 57014: the statement took too long.
const AWAY =
  /^(08...|53...|57014|57P0[1-5]|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|EPIPE)$/;

// Messages of pg and pg-pool, which give these no code; knex writes the statement before them.
const AWAY_MESSAGES =
  /(?:^| - )(Connection terminated|Client has encountered a connection error|timeout expired|timeout exceeded when trying to connect|Query read timeout|Unable to acquire a connection)/;

export function isDatabaseOutOfReach(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'KnexTimeoutError' || AWAY_MESSAGES.test(error.message)) return true;
  return 'code' in error && typeof error.code === 'string' && AWAY.test(error.code);
}
