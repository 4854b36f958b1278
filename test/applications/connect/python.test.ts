/** Django sites: each is one of examples/ whose connecting part is taken from its Connect page, and signs somebody in. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { addToGroup } from '../../../src/accounts/groups.js';
import type { ApplicationSettings } from '../../../src/applications/application.js';
import { type DjangoSite, describeWithDjango, startDjango } from '../../examples/django-site.js';
import {
  ADA,
  personOn,
  refusesForeignJwts,
  signInByButton,
  useDjRestAuth,
  useResourceServer,
  useRestSocialAuth,
} from '../../examples/django-walks.js';
import { exampleFolder } from '../../examples/installed.js';
import { testWithChromium, useSinglePageApp } from '../../examples/single-page-app.js';
import { type Browser, newBrowser, type Page } from '../../support/browser.js';
import { createApp, createPerson, signIn, type TestApplication } from '../../support/people.js';
import { findFreePort } from '../../support/program.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { type Folder, paste } from './site.js';
import { openStack, redirectUriOn, snippetOn } from './snippets.js';

interface Pasted {
  server: TestServer;
  app: TestApplication;
  site: DjangoSite;
}

interface Case {
  stack: string;
  /** The folder of the example. */
  example: string;
  settings?: Partial<ApplicationSettings>;
  /** Everything on the page beside settings.py and urls.py. */
  files: string[];
  does: string;
  use(pasted: Pasted): Promise<void>;
  needsChromium?: boolean;
}

const PROVIDER = ['__init__.py', 'provider.py', 'views.py', 'urls.py'].map(
  (name) => `latchkey_provider/${name}`,
);
const PASSWORD_GRANT: ApplicationSettings['grantTypes'] = ['authorization_code', 'password'];

async function useButton({ server, site }: Pasted): Promise<void> {
  const page = await signInByButton(site, newBrowser(server.url));
  expect([page.url, personOn(page)]).toEqual([`${site.url}/accounts/profile/`, ADA]);
}

const CASES: Case[] = [
  {
    stack: 'django-allauth',
    example: 'django-allauth/custom_provider',
    settings: { pkce: 'required' },
    files: [...PROVIDER, 'templates/sign-in.html'],
    does: 'signs a person in',
    use: useButton,
  },
  {
    stack: 'django-allauth-openid-connect',
    example: 'django-allauth/openid_connect',
    settings: { pkce: 'required', idTokenAlg: 'ES256' },
    files: ['templates/sign-in.html'],
    does: 'signs a person in',
    use: useButton,
  },
  {
    stack: 'dj-rest-auth',
    example: 'dj-rest-auth',
    files: ['views.py', ...PROVIDER, 'sign-in.js'],
    does: 'takes a code for a JWT in cookies',
    use: ({ server, app, site }) => useDjRestAuth(server, app, site),
  },
  {
    stack: 'dj-rest-auth',
    example: 'dj-rest-auth',
    files: ['views.py', ...PROVIDER, 'sign-in.js'],
    does: 'signs a person in by the script of a single-page app',
    use: ({ site }) => useSinglePageApp(site),
    needsChromium: true,
  },
  {
    stack: 'python-social-auth',
    example: 'python-social-auth',
    files: ['templates/sign-in.html', 'latchkey_backend.py'],
    does: 'signs a person in where redirect URIs match exactly',
    use: useButton,
  },
  {
    stack: 'python-social-auth',
    example: 'python-social-auth',
    settings: { redirectMatch: 'extra-query' },
    files: ['templates/sign-in.html', 'latchkey_backend.py'],
    does: 'signs a person in where redirect URIs may have a redirect_state',
    use: useButton,
  },
  {
    stack: 'rest-social-auth',
    example: 'rest-social-auth',
    files: ['views.py', 'latchkey_backend.py'],
    does: 'takes a code for a session, a token or a JWT',
    use: ({ server, app, site }) => useRestSocialAuth(server, app, site),
  },
  {
    stack: 'drf-introspection',
    example: 'drf-resource-server/introspection',
    settings: { grantTypes: PASSWORD_GRANT, introspectAny: true },
    files: ['views.py'],
    does: 'lets tokens do what their scopes say',
    use: ({ server, app, site }) => useResourceServer(server, app, site),
  },
  {
    stack: 'drf-jwks',
    example: 'drf-resource-server/jwks',
    settings: { grantTypes: PASSWORD_GRANT, tokenFormat: 'jwt', idTokenAlg: 'ES256' },
    files: ['permissions.py', 'views.py'],
    does: 'lets tokens do what their scopes say, and those of nobody else',
    async use({ server, app, site }) {
      await useResourceServer(server, app, site);
      await refusesForeignJwts(server, app, site);
    },
  },
];

/** The part of a file of an example that is the developer's own. */
const ownPart = (text: string) => text.split(/^# Connect, /m)[0] ?? '';

/** The example without what the page shows. */
function restOf(example: string): Record<string, string> {
  const folder = exampleFolder(example);
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(py|html)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), ownPart(readFileSync(path, 'utf8'))]),
  );
}

function pasteInto(
  example: string,
  page: Page,
  { files, secret }: { files: string[]; secret: string },
): Folder {
  const own = restOf(example);
  const after = (file: string) =>
    [own[file], snippetOn(page, file).replaceAll('CLIENT_SECRET', secret)].join('');
  const rest = { ...own, 'settings.py': after('settings.py'), 'urls.py': after('urls.py') };
  const places = ['requirements.txt', ...files].map((file): [string, string] => [
    file,
    file === 'sign-in.js' ? 'templates/sign-in.js' : file,
  ]);
  return paste(page, { secret, rest, files: Object.fromEntries(places) });
}

describe('what a Connect page shows makes a Django site that', () => {
  let server: TestServer;
  let developer: Browser;
  let ownerId: number;
  let folder: Folder | undefined;
  let site: DjangoSite | undefined;

  beforeAll(async () => {
    server = await startTestServer();
    ownerId = (await createPerson(server, 'ada')).id;
    await addToGroup(server.database.knex, 'ada', 'editors');
    developer = await signIn(server, 'ada');
  });
  afterEach(async () => {
    await site?.stop();
    folder?.remove();
    site = folder = undefined;
  });
  afterAll(() => server.stop());

  for (const { stack, example, settings, files, does, use, needsChromium } of CASES) {
    describeWithDjango(example)(stack, () => {
      (needsChromium ? testWithChromium : test)(does, async () => {
        const port = await findFreePort();
        const app = await createApp(server, settings, ownerId);
        const application = `/applications/${app.id}`;
        const page = await openStack(developer, { application, stack, site: `http://localhost:${port}` });
        const shown = page.html
          .querySelectorAll('pre[data-file]')
          .map((block) => block.getAttribute('data-file')!);
        const known = ['requirements.txt', 'settings.py', 'urls.py', ...files];
        expect(shown.sort()).toEqual(known.sort());

        folder = pasteInto(example, page, { files, secret: app.secret });
        site = await startDjango(folder.path, port);
        // Which the button has registered, for those that have one.
        const redirectUris = [redirectUriOn(page), ...app.redirectUris].filter(Boolean);
        await use({ server, app: { ...app, redirectUris }, site });
      });
    });
  }
});
