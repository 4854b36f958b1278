/** what is changed at one node is obeyed at the other. */

import type { HttpClient } from '../../../bench/load/http-client.js';
import { setAccountEnabled } from '../../../src/accounts/set-account-enabled.js';
import type { Database } from '../../../src/database/database.js';
import type { Browser } from '../../support/browser.js';
import { createPerson, type TestApplication } from '../../support/people.js';
import type { Experiment, Figure } from '../experiment.js';
import { newBrowserAt, openNodeClient } from '../rig/node-client.js';
import { waitUntil } from '../rig/pause.js';
import { askAsClient, askForCode, askProfile, exchangeCode, revoke } from '../rig/requests.js';
import { cookiesOf, makeApp, makePerson, type Person, signInBrowser } from '../rig/world.js';

const ROUNDS = 5;

interface Setting {
  a: HttpClient;
  b: HttpClient;
  /** A superuser and an ordinary person, both at node A. */
  root: Browser;
  person: Person;
  /** The person's browser with its cookies, at node B. */
  elsewhere: Browser;
  database: Database;
  app: TestApplication;
  accessToken: string;
  refreshToken: string;
}

interface Change {
  name: string;
  /** Seconds. */
  atMost: number;
  change(setting: Setting): Promise<unknown>;
  /** Asked at B, before the change as well, when it has to be false. */
  isObeyed(setting: Setting): Promise<boolean>;
}

const isTokenDead = async ({ b, accessToken }: Setting) => (await askProfile(b, accessToken)) === undefined;

const isRefused = (asked: Promise<unknown>) =>
  asked.then(
    () => false,
    () => true,
  );

async function submitForm({ root, app }: Setting, page: string, action: string, fields = {}): Promise<void> {
  const path = `/applications/${app.id}`;
  const done = await root.submit(await root.open(path + page), fields, path + action);
  if (done.status !== 200) throw new Error(`${path}${action}: ${done.status}`);
}

/** The first secret of the list, which is the one the application was made with. */
async function retireSecret(setting: Setting): Promise<void> {
  const { root, app } = setting;
  const page = await root.open(`/applications/${app.id}/secrets`);
  const row = page.html.querySelectorAll('tr').find((each) => each.text.includes(`…${app.secret.slice(-4)}`));
  const retire = row?.querySelector('a')?.getAttribute('href');
  if (!retire) throw new Error('The page does not show the secret.');
  await root.submit(await root.open(retire), { when: 'now', confirmed: 'on' }, retire);
}

const changes: Change[] = [
  {
    name: 'access token revoked',
    atMost: 1,
    change: ({ a, app, accessToken }) => revoke(a, app, accessToken),
    isObeyed: isTokenDead,
  },
  {
    name: 'refresh token revoked',
    atMost: 1,
    change: ({ a, app, refreshToken }) => revoke(a, app, refreshToken),
    isObeyed: isTokenDead,
  },
  {
    name: 'consent taken back',
    atMost: 1,
    async change({ person: { browser }, app }) {
      const path = `/o/authorized_tokens/${app.id}/delete`;
      await browser.submit(await browser.open(path), {}, path);
    },
    isObeyed: isTokenDead,
  },
  {
    name: 'application disabled',
    atMost: 5,
    change: (setting) => submitForm(setting, '/disable', '/disable', { reason: 'A reason' }),
    isObeyed: ({ b, app }) => isRefused(askAsClient(b, app)),
  },
  {
    name: 'redirect URI changed',
    atMost: 5,
    change: (setting) =>
      submitForm(setting, '/update', '/update', { redirect_uris: 'https://moved.test/cb' }),
    isObeyed: ({ b, app, person }) => isRefused(askForCode(b, app, person.cookies)),
  },
  {
    name: 'secret retired',
    atMost: 5,
    async change(setting) {
      await submitForm(setting, '/secrets', '/secrets');
      await retireSecret(setting);
    },
    isObeyed: ({ b, app }) => isRefused(askAsClient(b, app)),
  },
  {
    name: 'signed out',
    atMost: 1,
    change: async ({ person: { browser } }) => browser.submit(await browser.open('/account'), {}, '/logout'),
    isObeyed: async ({ elsewhere }) => (await elsewhere.request('/account')).status !== 200,
  },
  {
    name: 'account disabled',
    atMost: 1,
    change: ({ database, person }) => setAccountEnabled(database, person.username, false),
    isObeyed: isTokenDead,
  },
];

async function measure({ name, change, isObeyed }: Change, setting: Setting): Promise<number> {
  if (await isObeyed(setting)) throw new Error(`${name}: obeyed before it was said`);
  await change(setting);
  const milliseconds = await waitUntil(`node B obeys: ${name}`, () => isObeyed(setting), {
    patience: 20_000,
    every: 5,
  });
  return milliseconds / 1_000;
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

    const figures: Figure[] = [];
    for (const change of changes) {
      const seconds: number[] = [];
      for (let round = 1; round <= (rig.options.rounds ?? ROUNDS); round++) {
        const app = await makeApp(database, { name: `${change.name} ${round}` });
        const person = await makePerson(database, nodeA, `${change.name.replaceAll(' ', '-')}-${round}`);
        const elsewhere = newBrowserAt(nodeB);
        for (const cookie of (await cookiesOf(person.browser, nodeA.issuer)).split('; '))
          await elsewhere.jar.setCookie(`${cookie}; Path=/`, nodeA.issuer);
        const tokens = await exchangeCode(a, app, await askForCode(a, app, person.cookies));
        const { access_token: accessToken, refresh_token: refreshToken } = tokens;
        const setting = { a, b, root, person, elsewhere, database, app, accessToken, refreshToken };
        seconds.push(await measure(change, setting));
      }
      figures.push({
        what: `${change.name}: longest until obeyed`,
        value: Math.max(...seconds),
        unit: 's',
        bar: { atMost: change.atMost },
      });
    }
    return figures;
  },
};
