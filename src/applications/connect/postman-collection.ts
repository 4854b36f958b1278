/** The collection that Postman imports: the same for every application of one kind; what differs is in the environment. */
import type { Application, GrantType } from '../application.js';

/** Where Postman's own dialog comes back to; the requests of the folders use the application's first redirect URI. */
export const DIALOG_CALLBACK = 'https://oauth.pstmn.io/v1/callback';

interface Step {
  name: string;
  method?: 'GET' | 'POST';
  url: string;
  query?: [string, string][];
  form?: [string, string][];
  /** Sent as it is, a form that another step has read. */
  body?: string;
  bearer?: boolean;
  /** Redirects are followed unless it is false. */
  follow?: false;
  before?: string[];
  after: string[];
}

export function collection(application: Application) {
  const has = (grantType: GrantType) => application.grantTypes.includes(grantType);
  const isConfidential = application.clientType === 'confidential';
  const request = (step: Step) => toItem(step, isConfidential);
  const renew = has('refresh_token') ? [refresh()] : [];
  const folders = [
    has('authorization_code') && {
      name: 'Authorization code',
      item: [...codeSteps(), whoSignedIn(), ...renew],
    },
    has('password') && { name: 'Password', item: [passwordToken(), whoSignedIn(), ...renew] },
    has('client_credentials') && { name: 'Client credentials', item: [ownToken()] },
    has('authorization_code') && { name: 'In a browser, by the tab Authorization', item: [inDialog()] },
  ].filter((folder) => folder !== false);
  return {
    info: {
      name: 'Latchkey',
      description:
        'Run a folder from its first request to its last: each keeps what the next one needs. For a person the code flow is in a browser; here the first four requests do what they would click.',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    auth: { type: 'oauth2', oauth2: dialog(isConfidential) },
    item: folders.map(({ name, item }) => ({ name, item: item.map(request) })),
  };
}

/** Takes the one form of the page that leads on, as a browser would send it. */
const READ_FORM = [
  "const $ = require('cheerio').load(pm.response.text());",
  'const keepForm = (form) => {',
  "  pm.environment.set('form_action', require('url').resolve(pm.environment.get('token_endpoint'), form.attr('action')));",
  "  pm.environment.set('form_body', form.serialize());",
  '};',
];

function codeSteps(): Step[] {
  return [
    {
      name: '1. Ask for a sign-in',
      url: '{{authorization_endpoint}}',
      query: [
        ['response_type', 'code'],
        ['client_id', '{{client_id}}'],
        ['redirect_uri', '{{redirect_uri}}'],
        ['scope', '{{scope}}'],
        ['state', '{{state}}'],
        ['code_challenge', '{{code_challenge}}'],
        ['code_challenge_method', 'S256'],
        // So that it goes the same way every time, whoever is signed in and whatever was allowed before.
        ['prompt', 'login consent'],
      ],
      before: [
        "const crypto = require('crypto-js');",
        'const random = () => crypto.lib.WordArray.random(32);',
        "const base64url = (words) => words.toString(crypto.enc.Base64).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=/g, '');",
        'const verifier = base64url(random());',
        "pm.environment.set('state', base64url(random()));",
        "pm.environment.set('code_verifier', verifier);",
        "pm.environment.set('code_challenge', base64url(crypto.SHA256(verifier)));",
      ],
      after: [
        ...READ_FORM,
        "const form = $('form').has('input[name=password]').first();",
        "pm.test('shows the sign-in page', () => pm.expect(form.length, pm.response.text()).to.equal(1));",
        'keepForm(form);',
      ],
    },
    {
      name: '2. Sign in',
      method: 'POST',
      url: '{{form_action}}',
      body: '{{form_body}}',
      before: [
        "const querystring = require('querystring');",
        "const form = querystring.parse(pm.environment.get('form_body'));",
        "for (const name of ['username', 'password']) form[name] = pm.environment.get(name);",
        "pm.environment.set('form_body', querystring.stringify(form));",
      ],
      after: [
        ...READ_FORM,
        'const form = $(\'form[action$="/consent"]\').first();',
        "pm.test('asks for consent', () => pm.expect(form.length, pm.response.text()).to.equal(1));",
        'keepForm(form);',
      ],
    },
    {
      name: '3. Allow it',
      method: 'POST',
      url: '{{form_action}}',
      body: '{{form_body}}',
      follow: false,
      before: ["pm.environment.set('form_body', pm.environment.get('form_body') + '&allow=Authorize');"],
      after: [
        "pm.test('leads on', () => pm.expect(pm.response.code).to.equal(303));",
        "pm.environment.set('form_action', require('url').resolve(pm.environment.get('token_endpoint'), pm.response.headers.get('Location')));",
      ],
    },
    {
      name: '4. Come back with a code',
      url: '{{form_action}}',
      follow: false,
      after: [
        "const callback = require('url').parse(pm.response.headers.get('Location'), true);",
        "pm.test('comes back to the redirect URI', () => pm.expect(callback.href.startsWith(pm.environment.get('redirect_uri'))).to.be.true);",
        "pm.test('with the state it was sent', () => pm.expect(callback.query.state).to.equal(pm.environment.get('state')));",
        "pm.environment.set('code', callback.query.code);",
      ],
    },
    {
      name: '5. Exchange the code',
      method: 'POST',
      url: '{{token_endpoint}}',
      form: [
        ['grant_type', 'authorization_code'],
        ['code', '{{code}}'],
        ['redirect_uri', '{{redirect_uri}}'],
        ['code_verifier', '{{code_verifier}}'],
      ],
      after: KEEP_TOKENS,
    },
  ];
}

const KEEP_TOKENS = [
  "pm.test('answers tokens', () => pm.response.to.have.status(200));",
  'const { access_token, refresh_token } = pm.response.json();',
  "pm.environment.set('access_token', access_token);",
  "if (refresh_token) pm.environment.set('refresh_token', refresh_token);",
];

const whoSignedIn = (): Step => ({
  name: 'Who signed in',
  url: '{{profile_url}}',
  bearer: true,
  after: [
    "pm.test('says who signed in', () => pm.expect(pm.response.json().username).to.equal(pm.environment.get('username')));",
  ],
});

const refresh = (): Step => ({
  name: 'Refresh',
  method: 'POST',
  url: '{{token_endpoint}}',
  form: [
    ['grant_type', 'refresh_token'],
    ['refresh_token', '{{refresh_token}}'],
  ],
  after: KEEP_TOKENS,
});

/** Sent with the token that a person got by the dialog: it inherits what dialog() says. */
const inDialog = (): Step => ({
  name: 'Who signed in',
  url: '{{profile_url}}',
  after: [
    "const hasToken = pm.request.headers.has('Authorization');",
    "(hasToken ? pm.test : pm.test.skip)('says who signed in', () => pm.response.to.have.status(200));",
  ],
});

/** What the button “Get New Access Token” is filled in with. */
function dialog(isConfidential: boolean) {
  const values = {
    tokenName: 'Latchkey',
    grant_type: 'authorization_code_with_pkce',
    challengeAlgorithm: 'S256',
    authUrl: '{{authorization_endpoint}}',
    accessTokenUrl: '{{token_endpoint}}',
    redirect_uri: DIALOG_CALLBACK,
    clientId: '{{client_id}}',
    clientSecret: isConfidential ? '{{client_secret}}' : '',
    client_authentication: 'body',
    scope: '{{scope}}',
    addTokenTo: 'header',
  };
  return Object.entries(values).map(([key, value]) => ({ key, value, type: 'string' }));
}

const passwordToken = (): Step => ({
  name: 'A token for a password',
  method: 'POST',
  url: '{{token_endpoint}}',
  form: [
    ['grant_type', 'password'],
    ['username', '{{username}}'],
    ['password', '{{password}}'],
  ],
  after: KEEP_TOKENS,
});

const ownToken = (): Step => ({
  name: 'A token for the application itself',
  method: 'POST',
  url: '{{token_endpoint}}',
  form: [['grant_type', 'client_credentials']],
  after: KEEP_TOKENS,
});

/** As the format of Postman has it (collection v2.1). */
function toItem(
  { name, method = 'GET', url, query, form, body, bearer, follow, before, after }: Step,
  isConfidential: boolean,
) {
  const pairs = (list: [string, string][]) => list.map(([key, value]) => ({ key, value }));
  const client: [string, string][] = [
    ['client_id', '{{client_id}}'],
    ...(isConfidential ? [['client_secret', '{{client_secret}}'] as [string, string]] : []),
  ];
  const script = (listen: string, exec: string[]) => ({ listen, script: { type: 'text/javascript', exec } });
  return {
    name,
    event: [...(before ? [script('prerequest', before)] : []), script('test', after)],
    ...(follow === false ? { protocolProfileBehavior: { followRedirects: false } } : {}),
    request: {
      method,
      ...(bearer
        ? { auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{access_token}}', type: 'string' }] } }
        : {}),
      header: body ? [{ key: 'Content-Type', value: 'application/x-www-form-urlencoded' }] : [],
      ...(form ? { body: { mode: 'urlencoded', urlencoded: pairs([...form, ...client]) } } : {}),
      ...(body ? { body: { mode: 'raw', raw: body } } : {}),
      url: query ? { raw: url, host: [url], query: pairs(query) } : url,
    },
  };
}
