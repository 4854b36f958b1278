/** AD-06: superusers look through the audit trail and take it along. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deleteEventsBefore } from '../../src/audit/delete-events.js';
import type { Browser } from '../support/browser.js';
import { createApp, createPerson, signIn } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let root: Browser;
let rootId: number;
let aliceId: number;
let clientId: string;
const MOST = 130;

beforeAll(async () => {
  server = await startTestServer();
  rootId = (await createPerson(server, 'root', { isSuperuser: true })).id;
  aliceId = (await createPerson(server, 'alice')).id;
  ({ clientId } = await createApp(server));
  root = await signIn(server, 'root');
  await deleteEventsBefore(server.database, new Date(Date.now() + 60_000), () => false);
  await server.database.knex('audit_events').insert(
    Array.from({ length: MOST }, (_, index) => ({
      at: new Date(Date.UTC(2026, 0, 1 + index)),
      event: index % 2 ? 'consent.given' : 'consent.denied',
      account_id: aliceId,
      actor_id: index === 7 ? rootId : null,
      client_id: clientId,
      network: '192.0.2.1',
      details: { index },
    })),
  );
});

afterAll(() => server.stop());

/** The `index` of every event on the page and on those after it. */
async function indexesOf(query: Record<string, string>): Promise<number[]> {
  const found: number[] = [];
  let path: string | undefined = `/admin/audit?${new URLSearchParams(query)}`;
  while (path) {
    const page = await root.open(path);
    expect(page.status).toBe(200);
    const rows = page.html.querySelectorAll('tbody tr');
    expect(rows.length).toBeLessThanOrEqual(50);
    for (const row of rows)
      found.push(...[...row.text.matchAll(/index:\s*(\d+)/g)].map(([, index]) => Number(index)));
    path = page.html.querySelector('a[rel=next]')?.getAttribute('href')?.replaceAll('&amp;', '&');
  }
  return found;
}

const all = Array.from({ length: MOST }, (_, index) => MOST - 1 - index);

test('all events come page by page, the newest first, each once', async () => {
  expect(await indexesOf({})).toEqual(all);
});

describe('the trail is filtered', () => {
  const everything = () => ({
    person: 'alice',
    event: 'consent.given',
    from: '2026-01-05',
    application: clientId,
    until: '2026-01-09',
  });

  test.each([
    ['by person', () => ({ person: 'ALICE' }), all],
    ['by the id of a person', () => ({ person: String(aliceId) }), all],
    ['by application', () => ({ application: clientId }), all],
    ['by event', () => ({ event: 'consent.given' }), all.filter((index) => index % 2)],
    ['by the beginning of an event', () => ({ event: 'consent' }), all],
    ['by who acted', () => ({ actor: 'root' }), [7]],
    ['by time', () => ({ from: '2026-01-11', until: '2026-01-13' }), [11, 10]],
    ['by time of day', () => ({ from: '2026-01-10T00:01', until: '2026-01-12T00:00' }), [10]],
    ['by all of them', everything, [7, 5]],
    ['by what nothing has', () => ({ application: "' OR 1=1--" }), []],
  ])('%s', async (_, query: () => Record<string, string>, expected) => {
    expect(await indexesOf(query())).toEqual(expected);
  });

  test.each([
    ['a person who is not there', { person: 'nobody' }, '#person'],
    ['a time that is none', { from: '2026-13-40' }, '#from'],
    ['words for a time', { until: 'yesterday' }, '#until'],
  ])('%s is said beside its field', async (_, query, selector) => {
    const page = await root.open(`/admin/audit?${new URLSearchParams(query)}`);
    expect([page.status, page.html.querySelector(selector)?.getAttribute('aria-invalid')]).toEqual([
      422,
      'true',
    ]);
  });

  test.each(['x', '1', '1-x', '9'.repeat(40), '999999999999999-1'])(
    'a cursor %j does no harm',
    async (after) => {
      expect((await root.open(`/admin/audit?after=${after}`)).status).toBe(200);
    },
  );
});

describe('the trail is saved', () => {
  const save = (query: string) => root.request(`/admin/audit/export?${query}`);

  test('as JSON lines, and that it was is an event itself', async () => {
    const answer = await save('format=jsonl&event=consent.given');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="audit-[\d-]+\.jsonl"$/);
    const rows = answer.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(MOST / 2);
    expect(rows[0]).toEqual({
      id: expect.any(Number),
      at: '2026-05-10T00:00:00.000Z',
      event: 'consent.given',
      account_id: aliceId,
      username: 'alice',
      actor_id: null,
      actor: null,
      client_id: clientId,
      network: '192.0.2.1',
      request_id: null,
      details: { index: 129 },
    });
    const recorded = await server.database.knex('audit_events').where({ event: 'audit.exported' }).first();
    expect(recorded).toMatchObject({ account_id: rootId, details: { event: 'consent.given' } });
  });

  test('as CSV in which no cell is a formula (AD-10)', async () => {
    const odd = {
      event: '=1+1',
      client_id: '@SUM(A1)',
      network: '+1',
      request_id: '-1',
      details: { a: 'x,"y"' },
    };
    await server.database.knex('audit_events').insert({ at: new Date(), ...odd });
    const answer = await save('format=csv');
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
    const lines = answer.text.split('\r\n');
    expect(lines[0]).toBe(
      'id,at,event,account_id,username,actor_id,actor,client_id,network,request_id,details',
    );
    const line = lines.find((each) => each.includes('SUM'));
    expect(line).toContain(`,'=1+1,,,,,'@SUM(A1),'+1,'-1,"{""a"":""x,\\""y\\""""}"`);
  });
});
