/**
 * What the server has acknowledged, written down by the client: a line only after a whole answer was read, and on the
 * disk before anything follows from it. What was asked but not answered is written down too: it may or may not have
 * been done, and both are right. verify-ledger.ts compares the server with it.
 */
import { open, readFile } from 'node:fs/promises';

export interface IssuedLine {
  kind: 'issued';
  grant: 'authorization_code' | 'refresh_token' | 'client_credentials';
  /** A sign-in and its refreshes. */
  chain?: string;
  clientId: string;
  /** What was spent for it. */
  spent?: string;
  accessToken: string;
  refreshToken?: string;
  /** Seconds since 1970, by the client's clock at the answer and expires_in. */
  exp: number;
  /** When the answer may have been repeated to the letter within the grace: exp counted from when it was first asked. */
  earliestExp?: number;
  /** Whose it is, where a person stands behind it. */
  username?: string;
}

/** Something that takes away: `asked` before it is sent, `done` when it was acknowledged. */
export interface NegativeLine {
  kind: 'asked' | 'done';
  what: Negative;
}

export type Negative =
  /** With `chain`, the refresh token and everything with it; else that access token alone. */
  | { type: 'revocation'; token: string; chain?: string }
  | { type: 'logout'; username: string; cookies: string }
  | { type: 'password change'; username: string; old: string; new: string; otherCookies: string }
  | { type: 'disabled user'; username: string; password: string }
  /** The new secret is known only when it was acknowledged. */
  | { type: 'secret rotation'; clientId: string; old: string; new?: string };

/** A refresh that was sent and not answered: its token may be spent, and gives the same answer within the grace. */
export interface UncertainLine {
  kind: 'uncertain';
  chain: string;
  refreshToken: string;
}

export type LedgerLine = (IssuedLine | NegativeLine | UncertainLine) & {
  /** Milliseconds since 1970. */
  t: number;
  node: string;
};

export interface Ledger {
  file: string;
  /** Resolves when the line is on the disk. */
  write(line: LedgerLine): Promise<void>;
  close(): Promise<void>;
}

/** Lines that come while the disk is busy go to it together. */
export async function openLedger(file: string): Promise<Ledger> {
  const handle = await open(file, 'ax', 0o600);
  let waiting: string[] = [];
  let written = Promise.resolve();

  async function flush(): Promise<void> {
    if (waiting.length === 0) return;
    const text = waiting.join('');
    waiting = [];
    await handle.appendFile(text);
    await handle.datasync();
  }

  return {
    file,
    write(line) {
      waiting.push(`${JSON.stringify(line)}\n`);
      written = written.then(flush);
      return written;
    },
    async close() {
      await written;
      await handle.close();
    },
  };
}

/** @param until milliseconds since 1970; lines after it are left out */
export async function readLedger(file: string, until = Number.POSITIVE_INFINITY): Promise<LedgerLine[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerLine)
    .filter(({ t }) => t <= until);
}
