/** An API with Django REST framework that checks our JWTs by the published keys: docs/resource-servers.md, as it stands there. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addToGroup } from '../../src/accounts/groups.js';
import { projectFolder } from '../../src/project-folder.js';
import { byPassword, revoke, signInAt, token } from '../support/oauth.js';
import { createApp, createPerson, signIn, type TestApplication } from '../support/people.js';
import { findFreePort } from '../support/program.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { type DjangoSite, describeWithDjango, startDjango } from './django-site.js';
import { exampleFolder } from './installed.js';

/** The Python of the document, block by block. */
async function readBlocks(): Promise<string[]> {
  const document = await readFile(join(dirname(projectFolder('src')), 'docs', 'resource-servers.md'), 'utf8');
  return [...document.matchAll(/```python\n([\s\S]*?)```/g)].map(([, block = '']) => block);
}

/** The rest of the API: who is there, for the scopes and the group that the permissions of the document ask for. */
const URLS = `
from bare_django.urls import *
from permissions import IsStaff, ReadOrWriteScope
from rest_framework.response import Response
from rest_framework.views import APIView


class Articles(APIView):
    permission_classes = [ReadOrWriteScope]

    def answer(self, request):
        return Response({"id": request.user.id, "username": request.user.username})

    get = post = answer


class StaffRoom(Articles):
    permission_classes = [IsStaff]


urlpatterns += [path("articles/", Articles.as_view()), path("staff-room/", StaffRoom.as_view())]
`;

const EXAMPLE = 'drf-resource-server/jwks';

describeWithDjango(EXAMPLE)('an API with SimpleJWT', () => {
  let server: TestServer;
  let folder: string;
  let api: DjangoSite;
  let app: TestApplication;

  beforeAll(async () => {
    server = await startTestServer();
    await createPerson(server, 'ada');
    await addToGroup(server.database.knex, 'ada', 'staff');
    app = await createApp(server, {
      grantTypes: ['authorization_code', 'password', 'refresh_token', 'client_credentials'],
      tokenFormat: 'jwt',
      skipConsent: true,
    });
    const [configuration = '', permissions = '', ...others] = await readBlocks();
    expect(others).toEqual([]);
    folder = await mkdtemp(join(tmpdir(), 'latchkey-api-'));
    const files = {
      'settings.py': [
        'from bare_django.settings import *',
        'INSTALLED_APPS += ["rest_framework"]',
        configuration.replace('http://localhost:8000', server.config.issuer),
      ].join('\n'),
      'permissions.py': permissions,
      'urls.py': URLS,
      'requirements.txt': await readFile(join(exampleFolder(EXAMPLE), 'requirements.txt')),
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    api = await startDjango(folder, await findFreePort());
  });
  afterAll(async () => {
    await api?.stop();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  async function call(accessToken: string, path = '/articles/', method = 'GET') {
    const headers = { authorization: `Bearer ${accessToken}` };
    const response = await fetch(api.url + path, { method, headers });
    return { status: response.status, body: await response.json() };
  }
  const tokenFor = async (scope: string) => (await byPassword(server, app, 'ada', { scope })).access_token;

  test('knows the person, and lets the scopes read, write and groups do what they are for', async () => {
    const reader = await tokenFor('read');
    expect(await call(reader)).toEqual({ status: 200, body: { id: '1', username: 'ada' } });
    expect((await call(reader, '/articles/', 'POST')).status).toBe(403);
    expect((await call(reader, '/staff-room/')).status).toBe(403);
    const writer = await tokenFor('write');
    expect((await call(writer)).status).toBe(403);
    expect((await call(writer, '/articles/', 'POST')).status).toBe(200);
    expect((await call(await tokenFor('groups'), '/staff-room/')).status).toBe(200);
  });

  test('takes the token of an application that acts for itself', async () => {
    const { body } = await token(server, app, { grant_type: 'client_credentials', scope: 'read' });
    expect(await call(body.access_token)).toEqual({ status: 200, body: { id: app.clientId, username: '' } });
  });

  test('refuses an ID token, an opaque token, an edited one and none', async () => {
    const { id_token = '', access_token } = await signInAt(server, await signIn(server, 'ada'), app, {
      scope: 'openid read',
    });
    expect((await call(access_token)).status).toBe(200);
    const [header, , signature] = access_token.split('.');
    const payload = Buffer.from(JSON.stringify({ sub: '1', scope: 'read' })).toString('base64url');
    const opaque = await createApp(server, { grantTypes: ['password'] });
    const others = [
      id_token,
      (await byPassword(server, opaque, 'ada')).access_token,
      `${header}.${payload}.${signature}`,
    ];
    for (const other of others) expect((await call(other)).status).toBe(401);
    expect((await fetch(`${api.url}/articles/`)).status).toBe(401);
  });

  test('goes on accepting one that was revoked here, as the document says', async () => {
    const access_token = await tokenFor('read');
    await revoke(server, app, access_token);
    expect((await call(access_token)).status).toBe(200);
  });
});
