/** Who and what is on the Django OAuth Toolkit site before it moves, and how they get their tokens there. */
import { newBrowser } from '../support/browser.js';
import { basic, post, type Server } from '../support/oauth.js';
import { CALLBACK, PASSWORD } from '../support/people.js';
import type { DotSite } from './dot-site.js';

/** Users by the hasher of their password. */
export const HASHERS = {
  ada: 'pbkdf2_sha256',
  grace: 'argon2',
  barbara: 'bcrypt_sha256',
  linus: 'scrypt',
  alan: 'pbkdf2_sha1',
};

export const WEB = { clientId: 'web', secret: 'w'.repeat(128) };
export const MOBILE = { clientId: 'mobile', secret: 'm'.repeat(128) };
/** Registered as public, and its client sends the secret all the same. */
export const SPA = { clientId: 'spa', secret: 's'.repeat(64) };
export const ROBOT = { clientId: 'robot', secret: 'r'.repeat(128) };

const FILL = `
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from allauth.account.models import EmailAddress
from oauth2_provider.models import Application

def person(name, hasher="pbkdf2_sha256", **more):
    more = {"email": name + "@example.com", "first_name": name.title(), "last_name": "Example", **more}
    return User.objects.create(username=name, password=make_password(${JSON.stringify(PASSWORD)}, hasher=hasher), **more)

for i in range(40):
    User.objects.create(username="gone%d" % i)
User.objects.all().delete()
people = {name: person(name, hasher) for name, hasher in ${JSON.stringify(HASHERS)}.items()}
people["root"] = person("root", is_superuser=True, is_staff=True)
people["clerk"] = person("clerk", is_staff=True)
people["left"] = person("left", is_active=False)
people["old"] = person("old", hasher="md5")
people["Ada"] = person("Ada", email="other@example.com")
people["sso"] = User.objects.create(username="sso", password=make_password(None))
Group.objects.create(name="nobody is in it")
writers = Group.objects.create(name="writers")
people["ada"].groups.set([writers, Group.objects.create(name="admins")])
EmailAddress.objects.create(user=people["ada"], email="ADA@example.com", verified=True, primary=True)
EmailAddress.objects.create(user=people["ada"], email="ada@home.example", verified=True, primary=False)
EmailAddress.objects.create(user=people["grace"], email="grace@example.com", verified=False, primary=True)

def application(client_id, grant, secret="", kind="confidential", uris=${JSON.stringify(CALLBACK)}, **more):
    Application.objects.create(client_id=client_id, client_secret=secret, name=client_id.title(), user=people["grace"],
        client_type=kind, authorization_grant_type=grant, redirect_uris=uris, **more)

application("web", "authorization-code", "${WEB.secret}", uris="${CALLBACK} https://c1.test/other https://*.c1.test/cb")
application("trusted", "authorization-code", "t" * 64, skip_authorization=True, algorithm="RS256")
application("mobile", "password", "${MOBILE.secret}")
application("robot", "client-credentials", "${ROBOT.secret}", uris="")
application("spa", "password", "${SPA.secret}", kind="public")
application("old spa", "implicit", "o" * 64, kind="public")
application("signer", "authorization-code", "h" * 64, algorithm="HS256")
answer = {name: user.id for name, user in people.items()}
`;

/** @returns the users' ids by name */
export const fillSite = (site: DotSite): Promise<Record<string, number>> => site.run(FILL);

export interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

const tokensFrom = async (site: Server, body: Record<string, string>, app: typeof WEB): Promise<Tokens> => {
  const answer = await post(site, '/o/token/', body, basic(app));
  if (answer.status !== 200) throw new Error(`no tokens: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
};

/** The authorization code flow as a person goes through it at the site. */
export async function signInAtDot(site: Server, username: string): Promise<Tokens> {
  const browser = newBrowser(site.url);
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: WEB.clientId,
    redirect_uri: CALLBACK,
    scope: 'read groups',
  });
  const login = await browser.open(`/o/authorize/?${query}`);
  const consent = await browser.submit(login, { username, password: PASSWORD });
  const back = await browser.submit(consent, { allow: 'Authorize' });
  const code = new URL(back.location ?? '').searchParams.get('code') ?? '';
  return tokensFrom(site, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK }, WEB);
}

export const byPasswordAtDot = (site: Server, username: string): Promise<Tokens> =>
  tokensFrom(site, { grant_type: 'password', username, password: PASSWORD, scope: 'read' }, MOBILE);

export const refreshAtDot = (site: Server, token: string): Promise<Tokens> =>
  tokensFrom(site, { grant_type: 'refresh_token', refresh_token: token }, WEB);

export const byItselfAtDot = (site: Server): Promise<Tokens> =>
  tokensFrom(site, { grant_type: 'client_credentials', scope: 'read wikis' }, ROBOT);
