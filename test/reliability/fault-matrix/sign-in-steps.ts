/** The way from an application to its code: the authorization request, its pages, and the device's. */
import type { Page } from '../../support/browser.js';
import { exchange, signInAt, token } from '../../support/oauth.js';
import { authorizeUrl, getCode, PASSWORD, type TestApplication } from '../../support/people.js';
import { newBrowserAt } from '../rig/node-client.js';
import { signInBrowser } from '../rig/world.js';
import { approveDevice, confirmDevice, startDevice, typeUserCode } from './device.js';
import { isSignedIn } from './page-steps.js';
import {
  type Attempt,
  countEvents,
  DEVICE_GRANT,
  expectThat,
  isFine,
  newApp,
  newPerson,
  outcomeOfPage,
  type Stage,
  type State,
  type Step,
  withItsEvent,
} from './step.js';

const codeOf = (page: Page | undefined): string | undefined =>
  (page?.location?.startsWith('https://c1.test/') && new URL(page.location).searchParams.get('code')) ||
  undefined;

const isConsentPage = (page: Page): boolean => page.html.querySelector('form[action$="/consent"]') !== null;

const remembered: Step = {
  name: 'authorize: consent remembered',
  async prepare(stage) {
    const app = await newApp(stage);
    await signInAt(stage, stage.alice, app, { scope: 'openid read' });
    const ask = () => stage.alice.open(authorizeUrl(app, { scope: 'openid read' }));
    let page: Page | undefined;
    return {
      async send() {
        page = await ask();
        return outcomeOfPage(page, codeOf(page) !== undefined);
      },
      async findState(): Promise<State> {
        const code = codeOf(page);
        if (!code) return 'nothing';
        return (await exchange(stage, app, code)).status === 200 ? 'all' : 'half: a code that buys nothing';
      },
      async again() {
        const code = codeOf(await ask());
        expectThat(code !== undefined, 'no code at the second try');
        const { status } = await exchange(stage, app, code ?? '');
        expectThat(status === 200, `the second code buys ${status}`);
      },
    };
  },
};

const begin: Step = {
  name: 'authorize: first visit, to the sign-in page',
  async prepare(stage) {
    const app = await newApp(stage);
    const browser = newBrowserAt(stage.node);
    const ask = () => browser.open(authorizeUrl(app, { scope: 'openid read' }));
    const isForm = (page: Page) => page.html.querySelector('input[name=password]') !== null;
    let page: Page | undefined;
    return {
      async send() {
        page = await ask();
        return outcomeOfPage(page, isForm(page));
      },
      findState: async () => (page && isForm(page) ? 'all' : 'nothing'),
      again: async () => expectThat(isForm(await ask()), 'no sign-in page at the second try'),
    };
  },
};

const signInOnTheWay: Step = {
  name: 'authorize: sign in on the way',
  async prepare(stage) {
    const app = await newApp(stage);
    const username = await newPerson(stage);
    const browser = newBrowserAt(stage.node);
    const form = await browser.open(authorizeUrl(app, { scope: 'openid read' }));
    return {
      async send() {
        const page = await browser.submit(form, { username, password: PASSWORD }, '/login');
        return outcomeOfPage(page, isConsentPage(page));
      },
      async findState() {
        if (!(await isSignedIn(browser))) return 'nothing';
        return withItsEvent(true, await countEvents(stage, 'login.succeeded', { username }));
      },
      async again() {
        const page = await browser.open(authorizeUrl(app, { scope: 'openid read' }));
        const asked = isConsentPage(page)
          ? page
          : await browser.submit(page, { username, password: PASSWORD }, '/login');
        expectThat(isConsentPage(asked), `the second try ends at ${asked.url} with ${asked.status}`);
      },
    };
  },
};

/** Allowing, or denying, on the consent page. */
function decide(name: string, action: '/consent' | '/deny', event: string): Step {
  return {
    name,
    async prepare(stage): Promise<Attempt> {
      const app = await newApp(stage);
      const form = await stage.alice.open(authorizeUrl(app, { scope: 'openid read' }));
      const isAllowing = action === '/consent';
      const isAccepted = (page: Page) => (isAllowing ? codeOf(page) !== undefined : isDenied(page));
      const isDenied = ({ location = '' }: Page) => location.includes('error=access_denied');
      let page: Page | undefined;
      return {
        async send() {
          page = await stage.alice.submit(form, {}, action);
          return outcomeOfPage(page, isAccepted(page));
        },
        async findState(): Promise<State> {
          const events = await countEvents(stage, event, app);
          const rows = await stage.postgres.query('SELECT FROM consents WHERE client_id = $1', [
            app.clientId,
          ]);
          if (isAllowing && (rows.length === 1) !== events > 0)
            return `half: ${rows.length} consents, ${events} events`;
          const code = codeOf(page);
          if (isAllowing && code && (await exchange(stage, app, code)).status !== 200)
            return 'half: a code that buys nothing';
          return events > 0 ? 'all' : 'nothing';
        },
        async again() {
          // The person goes back to the application, which sends them round once more.
          const asked = await stage.alice.open(authorizeUrl(app, { scope: 'openid read' }));
          const done = asked.location ? asked : await stage.alice.submit(asked, {}, action);
          expectThat(
            isAccepted(done),
            `the second try ends at ${done.location ?? done.url} with ${done.status}`,
          );
        },
      };
    },
  };
}

const logoutByApplication: Step = {
  name: 'sign out, asked by an application',
  async prepare(stage) {
    const app = await newApp(stage);
    const username = await newPerson(stage);
    const browser = await signInBrowser(stage.node, username);
    await getCode(browser, app, { scope: 'openid read' });
    const open = () => browser.open(`/o/logout?client_id=${app.clientId}`);
    const form = await open();
    const confirm = (page: Page) => browser.submit(page, { logout: 'yes' }, '/o/logout/confirm');
    return {
      send: async () => outcomeOfPage(await confirm(form)),
      async findState() {
        const isOver = !(await isSignedIn(browser));
        return withItsEvent(isOver, await countEvents(stage, 'logout', { username }));
      },
      async again() {
        if (await isSignedIn(browser)) await confirm(await open());
        expectThat(!(await isSignedIn(browser)), 'still signed in after signing out again');
      },
    };
  },
};

/** Whether the only device of the application may have tokens, with the consent of its person and the event about it. */
async function findApproval(stage: Stage, app: TestApplication): Promise<State> {
  const [row] = await stage.postgres.query<{ approved: boolean; consented: boolean }>(
    `SELECT EXISTS (SELECT FROM device_codes d JOIN grants g ON g.id = d.grant_id
         WHERE d.client_id = $1 AND d.is_decided) AS approved,
       EXISTS (SELECT FROM consents WHERE client_id = $1) AS consented`,
    [app.clientId],
  );
  const { approved, consented } = row!;
  const consent = withItsEvent(consented, await countEvents(stage, 'consent.given', app));
  if (consent.startsWith('half')) return consent;
  if (approved && !consented) return 'half: a device let in without consent';
  return approved ? 'all' : 'nothing';
}

/** The three pages on which a person lets a device in: each of them may fail, and starting over must work. */
function deviceStep(name: string, upTo: 'type' | 'confirm' | 'allow'): Step {
  return {
    name,
    isSeenByAgainOnly: upTo !== 'allow',
    async prepare(stage): Promise<Attempt> {
      const app = await newApp(stage);
      const started = await startDevice(stage, app);
      const { alice } = stage;
      const isApproved = async ({ device_code }: { device_code: string }) =>
        (await token(stage, app, { grant_type: DEVICE_GRANT, device_code })).status === 200;
      const page =
        upTo === 'type' ? await alice.open('/o/device') : await typeUserCode(alice, started.user_code);
      const question = upTo === 'allow' ? await confirmDevice(alice, page) : page;
      const send = {
        type: () => alice.submit(question, { user_code: started.user_code }, '/o/device'),
        confirm: () => confirmDevice(alice, question),
        allow: () => alice.submit(question, {}, '/consent'),
      };
      const nextPage = {
        type: (page: Page) => page.html.querySelector('button[name=confirm]') !== null,
        confirm: isConsentPage,
        allow: (page: Page) => isFine(page) && !isConsentPage(page),
      };
      return {
        async send() {
          const reached = await send[upTo]();
          return outcomeOfPage(reached, nextPage[upTo](reached));
        },
        // Not by the device's own request, which would spend the code; the pages before that leave nothing to be seen.
        findState: async () => (upTo === 'allow' ? findApproval(stage, app) : 'nothing'),
        async again() {
          if (await isApproved(started))
            return expectThat(upTo === 'allow', 'approved without being allowed');
          // A user code serves one visit; the device shows a new one.
          const next = await startDevice(stage, app);
          await approveDevice(alice, next.user_code);
          expectThat(await isApproved(next), 'approved a new code, and the device gets nothing');
        },
      };
    },
  };
}

export const signInSteps: Step[] = [
  remembered,
  begin,
  signInOnTheWay,
  decide('consent: allow', '/consent', 'consent.given'),
  decide('consent: deny', '/deny', 'consent.denied'),
  deviceStep('device: type the code', 'type'),
  deviceStep('device: confirm', 'confirm'),
  deviceStep('device: allow', 'allow'),
  logoutByApplication,
];
