/** Everything a person does about themselves, page by page. */
import type { Browser, Page } from '../../support/browser.js';
import { PASSWORD } from '../../support/people.js';
import { newBrowserAt } from '../rig/node-client.js';
import { signInBrowser } from '../rig/world.js';
import {
  countEvents,
  expectThat,
  isFine,
  newName,
  newPerson,
  outcomeOfPage,
  type Stage,
  type State,
  type Step,
  withItsEvent,
} from './step.js';

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
      send: async () => outcomeOfPage(await browser.submit(form, { username, password: PASSWORD })),
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
      send: async () => outcomeOfPage(await fill(form)),
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
      send: async () => outcomeOfPage(await change(form)),
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
      send: async () => outcomeOfPage(await edit(form)),
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
      send: async () => outcomeOfPage(await browser.submit(page, {}, '/logout')),
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

export const pageSteps: Step[] = [login, signUp, changePassword, editProfile, logout];
