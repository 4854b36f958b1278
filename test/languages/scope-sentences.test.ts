/** The sentences of SCOPES, which the operator may give by language. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { authorizeUrl, createApp, createPerson, PASSWORD, type TestApplication } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

const SCOPES = {
  files: { en: 'Read your files', fr: 'Lire vos fichiers' },
  wiki: 'Wiki lesen',
  write: 'Change data on your behalf',
};

let server: TestServer;
let app: TestApplication;

beforeAll(async () => {
  server = await startTestServer({ SCOPES: JSON.stringify(SCOPES) });
  app = await createApp(server);
  await createPerson(server, 'ada');
});

afterAll(() => server.stop());

test.each([
  ['fr', ['Lire vos fichiers', 'Wiki lesen', 'Modifier des données en votre nom']],
  ['de', ['Read your files', 'Wiki lesen', 'Daten in Ihrem Namen ändern']],
  ['en', ['Read your files', 'Wiki lesen', 'Change data on your behalf']],
])(
  'in %s are those of the operator, and ours where the operator has left them',
  async (language, sentences) => {
    const browser = newBrowser(server.url);
    const url = authorizeUrl(app, { scope: 'files wiki write', ui_locales: language });
    const page = await browser.submit(await browser.open(url), { username: 'ada', password: PASSWORD });
    expect(page.html.querySelectorAll('.choice span').map((each) => each.text)).toEqual(sentences);
  },
);
