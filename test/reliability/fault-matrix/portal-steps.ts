/** What a developer does in the portal, and a person with what they have allowed. */
import type { Page } from '../../support/browser.js';
import { introspect, signInAt } from '../../support/oauth.js';
import type { TestApplication } from '../../support/people.js';
import { credentialsOn, REGISTRATION } from '../../support/portal.js';
import {
  type Attempt,
  countEvents,
  expectThat,
  isFine,
  newApp,
  newName,
  outcomeOfPage,
  type Stage,
  type State,
  type Step,
  withItsEvent,
} from './step.js';

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
        send: async () => outcomeOfPage(await stage.root.submit(form, fields, path + action)),
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
        return outcomeOfPage(shown);
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
      send: async () => outcomeOfPage(await stage.alice.submit(form, {}, path)),
      findState,
      async again() {
        const page = await stage.alice.open(path);
        if (isFine(page)) await stage.alice.submit(page, {}, path);
        expectThat((await findState()) === 'all', `taken back again: ${await findState()}`);
      },
    };
  },
};

export const portalSteps: Step[] = [
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
    open: '/secrets',
    action: '/secrets',
    isDone: async (stage, app) => (await countSecrets(stage, app)) === 2,
  }),
  portalStep('disable an application', {
    event: 'application.disabled',
    open: '/disable',
    action: '/disable',
    fields: { reason: 'A reason' },
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
