/** what is changed at one node is obeyed at the other. */

import type { HttpClient } from '../../../bench/load/http-client.js';
import type { Browser } from '../../support/browser.js';
import { createPerson, type TestApplication } from '../../support/people.js';
import type { Experiment, Figure } from '../experiment.js';
import { newBrowserAt, openNodeClient } from '../rig/node-client.js';
import { pause, waitUntil } from '../rig/pause.js';
import { askAsClient, askForCode, askProfile, exchangeCode, Refusal, revoke } from '../rig/requests.js';
import { cookiesOf, makeApp, makePerson, type Person, signInBrowser } from '../rig/world.js';

const ROUNDS = 5;
// Milliseconds, some more in each round, up to the age at which nothing is answered from memory any more.
const SILENCE = 850;
const SILENCES = 5;

interface Setting {
  a: HttpClient;
  b: HttpClient;
  /** A superuser and an ordinary person, both at node A. */
  root: Browser;
  person: Person;
  /** The person's browser with its cookies, at node B. */
  elsewhere: Browser;
  app: TestApplication;
  accessToken: string;
  refreshToken: string;
}

interface Change {
  name: string;
  /** Everything but the last request, which is returned: B is asked right before that one. */
  prepare(setting: Setting): Promise<() => Promise<unknown>>;
  /** Asked at B, before the change as well, when it has to be false. @throws for any answer but the two */
  isObeyed(setting: Setting): Promise<boolean>;
}

const isTokenDead = async ({ b, accessToken }: Setting) => (await askProfile(b, accessToken)) === undefined;

/** By this status; anything else is neither obedience nor the lack of it. */
const isRefused = (asked: Promise<unknown>, status: number) =>
  asked.then(
    () => false,
    (error: Error) => {
      if (error instanceof Refusal && error.answer.status === status) return true;
      throw error;
    },
  );

const isSignedOut = async ({ elsewhere }: Setting) => {
  const { status, location = '' } = await elsewhere.request('/account');
  if (status === 200 || (status === 303 && new URL(location).pathname === '/login')) return status === 303;
  throw new Error(`/account: ${status} ${location}`);
};

interface Form {
  page: string;
  action: string;
  fields?: Record<string, string>;
}

async function openForm(browser: Browser, { page, action, fields = {} }: Form) {
  const form = await browser.open(page);
  return async () => {
    const { status, url } = await browser.submit(form, fields, action);
    if (status !== 200) throw new Error(`${action} ends at ${url} with ${status}`);
  };
}

function openApplicationForm({ root, app }: Setting, name: string, fields = {}) {
  const path = `/applications/${app.id}${name}`;
  return openForm(root, { page: path, action: path, fields });
}

/** The first secret of the list, which is the one the application was made with. */
async function openSecretToRetire({ root, app }: Setting) {
  const page = await root.open(`/applications/${app.id}/secrets`);
  const row = page.html.querySelectorAll('tr').find((each) => each.text.includes(`…${app.secret.slice(-4)}`));
  const retire = row?.querySelector('a')?.getAttribute('href');
  if (!retire) throw new Error('The page does not show the secret.');
  return openForm(root, { page: retire, action: retire, fields: { when: 'now', confirmed: 'on' } });
}

const changes: Change[] = [
  {
    name: 'access token revoked',
    prepare:
      async ({ a, app, accessToken }) =>
      () =>
        revoke(a, app, accessToken),
    isObeyed: isTokenDead,
  },
  {
    name: 'refresh token revoked',
    prepare:
      async ({ a, app, refreshToken }) =>
      () =>
        revoke(a, app, refreshToken),
    isObeyed: isTokenDead,
  },
  {
    name: 'consent taken back',
    prepare({ person: { browser }, app }) {
      const path = `/o/authorized_tokens/${app.id}/delete`;
      return openForm(browser, { page: path, action: path });
    },
    isObeyed: isTokenDead,
  },
  {
    name: 'application disabled',
    prepare: (setting) => openApplicationForm(setting, '/disable', { reason: 'A reason' }),
    isObeyed: ({ b, app }) => isRefused(askAsClient(b, app), 401),
  },
  {
    name: 'redirect URI changed',
    prepare: (setting) => openApplicationForm(setting, '/update', { redirect_uris: 'https://moved.test/cb' }),
    isObeyed: ({ b, app, person }) => isRefused(askForCode(b, app, person.cookies), 400),
  },
  {
    name: 'secret retired',
    async prepare(setting) {
      await (await openApplicationForm(setting, '/secrets'))();
      return openSecretToRetire(setting);
    },
    isObeyed: ({ b, app }) => isRefused(askAsClient(b, app), 401),
  },
  {
    name: 'signed out',
    prepare: ({ person: { browser } }) => openForm(browser, { page: '/account', action: '/logout' }),
    isObeyed: isSignedOut,
  },
  {
    name: 'account disabled',
    prepare({ root, person: { account } }) {
      const path = `/admin/users/${account.id}/disable`;
      return openForm(root, { page: path, action: path, fields: { reason: 'A reason' } });
    },
    isObeyed: isTokenDead,
  },
];

/**
 * Asking all the time makes a node read anew before what it remembers is too old, so the worst is seen by whoever asks
 * once just before that moment (src/database/recent-reads.ts), and then until it obeys.
 * @param silence milliseconds without a request to B, from the one before the change
 * @returns the seconds from the change to the first time B obeyed
 */
async function measure({ name, prepare, isObeyed }: Change, setting: Setting, silence: number) {
  const change = await prepare(setting);
  const warmedAt = performance.now();
  if (await isObeyed(setting)) throw new Error(`${name}: obeyed before it was said`);
  await change();
  const changedAt = performance.now();
  await pause(Math.max(0, warmedAt + silence - changedAt));
  await waitUntil(`node B obeys: ${name}`, () => isObeyed(setting), { patience: 20_000, every: 5 });
  return (performance.now() - changedAt) / 1_000;
}

export const experiment: Experiment = {
  name: 'coherence-across-nodes',
  title: 'What is taken away at one node is refused by the other within a second (R-25)',

  async run(rig): Promise<Figure[]> {
    const postgres = await rig.startPostgres();
    const databaseUrl = postgres.url();
    const nodeA = await rig.startNode({ name: 'a', databaseUrl });
    const nodeB = await rig.startNode({ name: 'b', databaseUrl, issuer: nodeA.issuer });
    const database = rig.openDatabase(databaseUrl);
    await createPerson({ database }, 'root', { isSuperuser: true });
    const root = await signInBrowser(nodeA, 'root');
    const [a, b] = [openNodeClient(nodeA), openNodeClient(nodeB)];

    let count = 0;
    const set = async (name: string): Promise<Setting> => {
      const app = await makeApp(database, { name: `${name} ${++count}` });
      const person = await makePerson(database, nodeA, `${name.replaceAll(' ', '-')}-${count}`);
      const elsewhere = newBrowserAt(nodeB);
      for (const cookie of (await cookiesOf(person.browser, nodeA.issuer)).split('; '))
        await elsewhere.jar.setCookie(`${cookie}; Path=/`, nodeA.issuer);
      const tokens = await exchangeCode(a, app, await askForCode(a, app, person.cookies));
      const { access_token: accessToken, refresh_token: refreshToken } = tokens;
      return { a, b, root, person, elsewhere, app, accessToken, refreshToken };
    };

    const figures: Figure[] = [];
    for (const change of changes) {
      const polled: number[] = [];
      const silent: number[] = [];
      for (let round = 0; round < (rig.options.rounds ?? ROUNDS) && !rig.signal.aborted; round++) {
        polled.push(await measure(change, await set(change.name), 0));
        const silence = SILENCE + (round % SILENCES) * 10;
        silent.push(await measure(change, await set(change.name), silence));
      }
      for (const [how, seconds] of Object.entries({ 'asked every 5 ms': polled, 'after a silence': silent }))
        figures.push({
          what: `${change.name}, ${how}: longest until obeyed`,
          value: Math.max(...seconds),
          unit: 's',
          bar: { atMost: 1 },
        });
    }
    return figures;
  },
};
