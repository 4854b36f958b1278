/** One request of a flow, into which a fault falls, with what has to be so before and after it. */
import type { Database } from '../../../src/database/database.js';
import type { Browser, Page } from '../../support/browser.js';
import { createApp, createPerson, type TestApplication } from '../../support/people.js';
import type { Postgres } from '../rig/postgres.js';
import type { ServerNode } from '../rig/server-node.js';

/** Where the steps happen: a node whose way to the database goes through the proxy, and our own way, which does not. */
export interface Stage {
  node: ServerNode;
  /** Of the node. */
  url: string;
  postgres: Postgres;
  database: Database;
  /** An ordinary person, signed in. */
  alice: Browser;
  /** A superuser, signed in, whom no quota holds up. */
  root: Browser;
  rootId: number;
}

export interface Outcome {
  status: number;
  headers: Headers;
  /** Whether the answer says that it was done. */
  isAccepted: boolean;
}

/** What of the request is in force: anything but all or nothing is told in words. */
export type State = 'all' | 'nothing' | `half: ${string}`;

export interface Attempt {
  send(): Promise<Outcome>;
  findState(): Promise<State>;
  /** What an honest client or person does after an error. @throws when that is not answered as it should be */
  again(): Promise<void>;
}

export interface Step {
  name: string;
  /** Its findState() says 'nothing' whatever happened; only again() can see the effect. */
  isSeenByAgainOnly?: boolean;
  prepare(stage: Stage): Promise<Attempt>;
}

let count = 0;
/** A name nobody has yet. */
export const newName = (prefix: string): string => `${prefix}${++count}`;

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** An application of its own for each attempt, so that its rows can be counted. */
export function newApp(stage: Stage): Promise<TestApplication> {
  const grantTypes = [
    'authorization_code',
    'refresh_token',
    'password',
    'client_credentials',
    DEVICE_GRANT,
  ] as TestApplication['grantTypes'];
  return createApp(stage, { name: newName('App '), grantTypes }, stage.rootId);
}

export async function newPerson(stage: Stage): Promise<string> {
  return (await createPerson(stage, newName('person'))).username;
}

/** Access tokens of the application that could be used now. */
export async function countLiveTokens({ postgres }: Stage, { clientId }: TestApplication): Promise<number> {
  const [row] = await postgres.query<{ live: number }>(
    `SELECT count(*)::int AS live FROM access_tokens t LEFT JOIN grants g ON g.id = t.grant_id
      WHERE t.client_id = $1 AND t.expires_at > now() AND (t.grant_id IS NULL OR g.id IS NOT NULL)`,
    [clientId],
  );
  return row?.live ?? 0;
}

/** How often the event is in the audit trail, by application or by the account's name. */
export async function countEvents(
  { postgres }: Stage,
  event: string,
  about: { clientId: string } | { username: string },
): Promise<number> {
  const isApp = 'clientId' in about;
  const [row] = await postgres.query<{ events: number }>(
    `SELECT count(*)::int AS events FROM audit_events
      WHERE event = $1 AND ${isApp ? 'client_id = $2' : 'account_id = (SELECT id FROM accounts WHERE username = $2)'}`,
    [event, isApp ? about.clientId : about.username],
  );
  return row?.events ?? 0;
}

/** The state of a change that leaves exactly one event: both, or neither. */
export function withItsEvent(isDone: boolean, events: number): State {
  if (isDone && events > 0) return 'all';
  if (!isDone && events === 0) return 'nothing';
  return isDone ? 'half: done, without its audit event' : 'half: an audit event of what was not done';
}

/** @throws naming what was expected */
export function expectThat(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}

/** Of a page: an answer that is neither an error nor a form with complaints. */
export const isFine = (page: Page): boolean => page.status < 400;

export const outcomeOfPage = (page: Page, isAccepted = isFine(page)): Outcome => ({
  status: page.status,
  headers: page.headers,
  isAccepted,
});
