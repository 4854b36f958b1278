/** Several workers are one server: what one of them has begun another finishes, and what is counted is counted for all. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { network } from '../support/networks.js';
import { exchange, profile } from '../support/oauth.js';
import { createApp, createPerson, getCode, PASSWORD } from '../support/people.js';
import { until } from '../support/until.js';
import { onNewConnection, startWorkers, type Workers } from './start-workers.js';

let workers: Workers;

beforeAll(async () => {
  workers = await startWorkers({ SIGNUPS_PER_NETWORK: '3' });
});

afterAll(() => workers.stop());

/** Which workers have answered such requests so far, in order. */
const servedBy = (method: string, path: string) =>
  workers
    .log()
    .filter((line) => line.method === method && line.path === path)
    .map(({ pid }) => pid);

/** A form that can be sent many times: one connection each, so that the workers take turns. */
async function openForm(path: string, net: number) {
  const browser = newBrowser(workers.url, onNewConnection);
  const form = await browser.open(path);
  const csrf = form.html.querySelector('[name=csrf_token]')!.getAttribute('value')!;
  return async (fields: Record<string, string>) => {
    const body = new URLSearchParams({ csrf_token: csrf, ...fields });
    return (await browser.request(path, { method: 'POST', body, headers: network(net) })).status;
  };
}

test('both serve under the one port', async () => {
  for (let requests = 0; requests < 10; requests++)
    expect((await onNewConnection(`${workers.url}/login`)).status).toBe(200);
  await until(() => servedBy('GET', '/login').length === 10);
  expect(new Set(servedBy('GET', '/login'))).toEqual(new Set(workers.pids()));
});

test('a sign-in goes on at whichever worker comes next, and the other one redeems its code', async () => {
  await createPerson(workers, 'alice');
  const app = await createApp(workers);
  const browser = newBrowser(workers.url, onNewConnection);
  const page = await browser.submit(await browser.open('/login'), { username: 'alice', password: PASSWORD });
  expect(page.html.querySelector('h1')?.text).toContain('Hello');

  const answer = await exchange(workers, app, await getCode(browser, app, { scope: 'read' }));
  expect(answer.status).toBe(200);
  expect((await profile(workers, answer.body.access_token)).body.username).toBe('alice');

  // The last of them ends with the code.
  const steps: [method: string, path: string][] = [
    ['GET', '/o/authorize'],
    ['GET', '/interaction/:uid'],
    ['POST', '/interaction/:uid/consent'],
    ['GET', '/o/authorize/:uid'],
    ['POST', '/o/token'],
  ];
  await until(() => steps.every((step) => servedBy(...step).length === 1));
  const [one, other] = new Set(steps.flatMap((step) => servedBy(...step)));
  expect(steps.flatMap((step) => servedBy(...step))).toEqual([one, other, one, other, one]);
});

test('wrong passwords count for all workers', async () => {
  await createPerson(workers, 'bob');
  const guess = await openForm('/login', 1);
  const statuses = [];
  for (let tries = 0; tries < 12; tries++) statuses.push(await guess({ username: 'bob', password: 'wrong' }));
  await until(() => servedBy('POST', '/login').length > statuses.length);
  expect(statuses).toEqual([...Array(8).fill(401), ...Array(4).fill(429)]);
  expect(new Set(servedBy('POST', '/login'))).toEqual(new Set(workers.pids()));
});

test('accounts of one network count for all workers', async () => {
  const signUp = await openForm('/signup', 2);
  const statuses = [];
  for (const username of ['carol', 'dave', 'erin', 'fred', 'gina'])
    statuses.push(await signUp({ username, email: 'p@example.com', password: PASSWORD }));
  expect(statuses).toEqual([303, 303, 303, 429, 429]);
  await until(() => servedBy('POST', '/signup').length === statuses.length);
  expect(new Set(servedBy('POST', '/signup'))).toEqual(new Set(workers.pids()));
});
