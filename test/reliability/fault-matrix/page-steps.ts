/** Everything a person does about themselves and about their applications, page by page. */
import type { Browser, Page } from '../../support/browser.js';
import { introspect, signInAt } from '../../support/oauth.js';
import { PASSWORD, type TestApplication } from '../../support/people.js';
import { credentialsOn, REGISTRATION } from '../../support/portal.js';
import { newBrowserAt } from '../rig/node-client.js';
import { signInBrowser } from '../rig/world.js';
import {
  type Attempt,
  countEvents,
  expectThat,
  isFine,
  newApp,
  newName,
  newPerson,
  type Outcome,
  type Stage,
  type State,
  type Step,
  withItsEvent,
} from './step.js';

export const outcome = (page: Page, isAccepted = isFine(page)): Outcome => ({
  status: page.status,
  headers: page.headers,
  isAccepted,
});

export async function isSignedIn(browser: Browser): Promise<boolean> {
  return (await browser.open('/account')).html.querySelector('form[action="/logout"]') !== null;
}

async function canSignIn(stage: Stage, username: string, password: string): Promise<boolean> {
  const browser = newBrowserAt(stage.node);
  await browser.submit(await browser.open('/login'), { username, password });
  return isSignedIn(browser);
}

const login: Step = {
  name: 'sign in',
  async prepare(stage) {
    const username = await newPerson(stage);
    const browser = newBrowserAt(stage.node);
    const form = await browser.open('/login');
    return {
      send: async () => outcome(await browser.submit(form, { username, password: PASSWORD })),
      async findState() {
        if (!(await isSignedIn(browser))) return 'nothing';
        return withItsEvent(true, await countEvents(stage, 'login.succeeded', { username }));
      },
      async again() {
        await browser.submit(await browser.open('/login'), { username, password: PASSWORD });
        expectThat(await isSignedIn(browser), 'cannot sign in again');
      },
    };
  },
};

const signUp: Step = {
  name: 'sign up',
  async prepare(stage) {
    const username = newName('newcomer');
    const browser = newBrowserAt(stage.node);
    const fill = async (form: Page) =>
      browser.submit(form, { username, email: `${username}@example.com`, password: PASSWORD }, '/signup');
    const form = await browser.open('/signup');
    const exists = async () => {
      const rows = await stage.postgres.query('SELECT FROM accounts WHERE username = $1', [username]);
      return rows.length === 1;
    };
    return {
      send: async () => outcome(await fill(form)),
      findState: async () => withItsEvent(await exists(), await countEvents(stage, 'signup', { username })),
      async again() {
        const wasMade = await exists();
        const page = await fill(await browser.open('/signup'));
        // Made by the first try, the name is taken, and signing in is the way on.
        expectThat(page.status === (wasMade ? 422 : 200), `signed up again: ${page.status}`);
        expectThat(await canSignIn(stage, username, PASSWORD), 'cannot sign in after signing up');
      },
    };
  },
};

const NEW_PASSWORD = 'another horse altogether, stapled';

const changePassword: Step = {
  name: 'change the password',
  async prepare(stage) {
    const username = await newPerson(stage);
    const browser = await signInBrowser(stage.node, username);
    const elsewhere = await signInBrowser(stage.node, username);
    const form = await browser.open('/account/password');
    const change = (page: Page) =>
      browser.submit(page, { current_password: PASSWORD, new_password: NEW_PASSWORD }, '/account/password');
    const isChanged = async () => !(await canSignIn(stage, username, PASSWORD));
    return {
      send: async () => outcome(await change(form)),
      async findState(): Promise<State> {
        const isOtherSignedOut = !(await isSignedIn(elsewhere));
        const changed = await isChanged();
        if (changed !== isOtherSignedOut)
          return `half: changed: ${changed}, signed out elsewhere: ${isOtherSignedOut}`;
        return withItsEvent(changed, await countEvents(stage, 'password.changed', { username }));
      },
      async again() {
        if (!(await isChanged())) {
          const page = await change(await browser.open('/account/password'));
          expectThat(isFine(page), `changed again: ${page.status}`);
        }
        expectThat(await canSignIn(stage, username, NEW_PASSWORD), 'the new password is refused');
        expectThat(await isSignedIn(browser), 'the browser that changed it is signed out');
      },
    };
  },
};

const editProfile: Step = {
  name: 'edit the profile',
  async prepare(stage) {
    const username = await newPerson(stage);
    const browser = await signInBrowser(stage.node, username);
    const form = await browser.open('/account/edit');
    const edit = (page: Page) => browser.submit(page, { last_name: 'Renamed' }, '/account/edit');
    const findState = async () => {
      const [row] = await stage.postgres.query<{ last_name: string }>(
        'SELECT last_name FROM accounts WHERE username = $1',
        [username],
      );
      const events = await countEvents(stage, 'profile.changed', { username });
      return withItsEvent(row?.last_name === 'Renamed', events);
    };
    return {
      send: async () => outcome(await edit(form)),
      findState,
      async again() {
        const page = await edit(await browser.open('/account/edit'));
        expectThat(isFine(page), `edited again: ${page.status}`);
        expectThat((await findState()) === 'all', 'edited again, and not changed');
      },
    };
  },
};

const logout: Step = {
  name: 'sign out',
  async prepare(stage) {
    const username = await newPerson(stage);
    const browser = await signInBrowser(stage.node, username);
    const page = await browser.open('/account');
    // What somebody has who wrote the cookies down before.
    const cookies = await browser.jar.getCookieString(`${stage.url}/account`);
    const isOver = async () => {
      const answer = await newBrowserAt(stage.node).request('/account', { headers: { cookie: cookies } });
      return answer.status !== 200;
    };
    const findState = async () =>
      withItsEvent(await isOver(), await countEvents(stage, 'logout', { username }));
    return {
      send: async () => outcome(await browser.submit(page, {}, '/logout')),
      findState,
      async again() {
        const retried = await browser.open('/logout');
        if (retried.html.querySelector('form[action="/logout"]'))
          await browser.submit(retried, {}, '/logout');
        expectThat(await isOver(), 'still signed in after signing out again');
      },
    };
  },
};

/** A form of the portal about one application. */
function portalStep(
  name: string,
  {
    event,
    open,
    action,
    fields = {},
    isDone,
  }: {
    event: string;
    /** The page with the form, below the application's. */
    open: string;
    action: string;
    fields?: Record<string, string>;
    isDone(stage: Stage, app: TestApplication): Promise<boolean>;
  },
): Step {
  return {
    name,
    async prepare(stage): Promise<Attempt> {
      const app = await newApp(stage);
      const path = `/applications/${app.id}`;
      const form = await stage.root.open(path + open);
      const findState = async () =>
        withItsEvent(await isDone(stage, app), await countEvents(stage, event, app));
      return {
        send: async () => outcome(await stage.root.submit(form, fields, path + action)),
        findState,
        async again() {
          if ((await findState()) === 'all') return;
          const page = await stage.root.submit(await stage.root.open(path + open), fields, path + action);
          expectThat(isFine(page), `sent again: ${page.status}`);
          expectThat((await findState()) === 'all', `sent again: ${await findState()}`);
        },
      };
    },
  };
}

async function countSecrets({ postgres }: Stage, app: TestApplication): Promise<number> {
  return (await postgres.query('SELECT FROM client_secrets WHERE application_id = $1', [app.id])).length;
}

const register: Step = {
  name: 'register an application',
  async prepare(stage) {
    const name = newName('Registered ');
    const fields = { ...REGISTRATION, name };
    const form = await stage.root.open('/applications/register');
    const find = () =>
      stage.postgres.query<{ client_id: string; secrets: number }>(
        `SELECT client_id, (SELECT count(*)::int FROM client_secrets s WHERE s.application_id = a.id) AS secrets
          FROM applications a WHERE name = $1`,
        [name],
      );
    let shown: Page | undefined;
    return {
      async send() {
        shown = await stage.root.submit(form, fields, '/register');
        return outcome(shown);
      },
      async findState(): Promise<State> {
        const [row] = await find();
        if (!row) return 'nothing';
        if (row.secrets !== 1) return 'half: an application without its secret';
        const isShown = !shown || !isFine(shown) || credentialsOn(shown).clientId === row.client_id;
        if (!isShown) return 'half: made, and not shown';
        return withItsEvent(
          true,
          await countEvents(stage, 'application.created', { clientId: row.client_id }),
        );
      },
      async again() {
        const page = await stage.root.submit(
          await stage.root.open('/applications/register'),
          fields,
          '/register',
        );
        expectThat(isFine(page) && Boolean(credentialsOn(page).secret), `registered again: ${page.status}`);
      },
    };
  },
};

const revokeConsent: Step = {
  name: 'take back a consent',
  async prepare(stage) {
    const app = await newApp(stage);
    const tokens = await signInAt(stage, stage.alice, app, { scope: 'read' });
    const path = `/o/authorized_tokens/${app.id}/delete`;
    const form = await stage.alice.open(path);
    const findState = async () => {
      const { body } = await introspect(stage, app, tokens.access_token);
      return withItsEvent(!body.active, await countEvents(stage, 'consent.revoked', app));
    };
    return {
      send: async () => outcome(await stage.alice.submit(form, {}, path)),
      findState,
      async again() {
        const page = await stage.alice.open(path);
        if (isFine(page)) await stage.alice.submit(page, {}, path);
        expectThat((await findState()) === 'all', `taken back again: ${await findState()}`);
      },
    };
  },
};

export const pageSteps: Step[] = [
  login,
  signUp,
  changePassword,
  editProfile,
  logout,
  register,
  portalStep('change an application', {
    event: 'application.changed',
    open: '/update',
    action: '/update',
    fields: { redirect_uris: 'https://moved.test/cb' },
    async isDone({ postgres }, app) {
      const [row] = await postgres.query<{ redirect_uris: string[] }>(
        'SELECT redirect_uris FROM applications WHERE id = $1',
        [app.id],
      );
      return row?.redirect_uris[0] === 'https://moved.test/cb';
    },
  }),
  portalStep('add a secret', {
    event: 'secret.added',
    open: '',
    action: '/secrets',
    isDone: async (stage, app) => (await countSecrets(stage, app)) === 2,
  }),
  portalStep('disable an application', {
    event: 'application.disabled',
    open: '',
    action: '/disable',
    async isDone({ postgres }, app) {
      const rows = await postgres.query(
        'SELECT FROM applications WHERE id = $1 AND disabled_at IS NOT NULL',
        [app.id],
      );
      return rows.length === 1;
    },
  }),
  portalStep('delete an application', {
    event: 'application.deleted',
    open: '/delete',
    action: '/delete',
    isDone: async ({ postgres }, app) =>
      (await postgres.query('SELECT FROM applications WHERE id = $1', [app.id])).length === 0,
  }),
  revokeConsent,
];
