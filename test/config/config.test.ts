/** a configuration with a mistake is refused whole, by name, and without repeating what may be a secret. */
import { describe, expect, test } from '@jest/globals';
import { ConfigError, type Environment, loadConfig } from '../../src/config/config.js';

function problemsOf(environment: Environment): string[] {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const KEY = 'a secret key of the test suite, 32+ characters';
const CANARY = 'canary-value';

const NUMBERS = [
  'ACCESS_TOKEN_EXPIRE_SECONDS',
  'REFRESH_TOKEN_EXPIRE_SECONDS',
  'GRANT_EXPIRE_SECONDS',
  'AUTHORIZATION_CODE_EXPIRE_SECONDS',
  'ID_TOKEN_EXPIRE_SECONDS',
  'SESSION_EXPIRE_SECONDS',
  'SHUTDOWN_TIMEOUT_SECONDS',
];

/** Variables with values they must not have. */
const MUTATIONS: [string, string[]][] = [
  ['PORT', ['-1', '65536', '80.5', '0x1F90', '1e3', 'eight thousand', '8000;', '+8000', '８０００', CANARY]],
  ...NUMBERS.map((name): [string, string[]] => [
    name,
    ['0', '-5', '1.5', '1e9', '315360001', '1 hour', CANARY],
  ]),
  ['REFRESH_TOKEN_GRACE_PERIOD_SECONDS', ['-1', 'none', CANARY]],
  ['WEB_CONCURRENCY', ['0', '-1', '1.5', '257', 'AUTO', 'all', CANARY]],
  ['DATABASE_POOL_SIZE', ['0', '1001', CANARY]],
  ['PASSWORD_MIN_LENGTH', ['7', '65', CANARY]],
  ['PASSWORD_HASH_CONCURRENCY', ['0', '65', CANARY]],
  ['LOGIN_FAILURES_PER_NETWORK', ['0', '-1', 'unlimited', CANARY]],
  ['SIGNUPS_PER_NETWORK', ['0', '-1', 'unlimited', CANARY]],
  ['DATABASE_PREPARED_STATEMENTS', ['maybe', '2', 'onn', CANARY]],
  ['PASSWORD_GRANT', ['enabled', CANARY]],
  ['LOG_LEVEL', ['verbose', 'INFO', 'info,debug', CANARY]],
  ['SIGNUP', ['no', 'OPEN', CANARY]],
  [
    'ISSUER',
    [
      CANARY,
      'id.example.com',
      '//id.example.com',
      'ftp://id.example.com',
      'https://',
      'https://id.example.com/?canary-value',
      'https://id.example.com/#canary-value',
      'https://user:canary-value@id.example.com',
      'https://:canary-value@id.example.com',
      'https://id.example.com/auth/canary-value',
      'https://id.example.com/o/o',
      'https://id example.com',
    ],
  ],
  [
    'DATABASE_URL',
    [
      CANARY,
      'mysql://root:canary-value@localhost/x',
      'localhost:5432',
      'host=localhost password=canary-value',
      'postgres//x',
      'postgres://user:canary-value@localhost',
      'postgres://user:canary-value@localhost/x?sslmode=canary-value',
    ],
  ],
  ['SECRET_KEY', ['short', CANARY, 'a'.repeat(31)]],
  [
    'TRUSTED_PROXIES',
    [CANARY, '10.0.0.0/33', '10.0.0', 'proxy.example.com', '10.0.0.0/8,canary-value', '::1/129'],
  ],
  [
    'SCOPES',
    [
      CANARY,
      'read write',
      '["read"]',
      'null',
      '"read"',
      '{"read": "Read"',
      '{"read": 1}',
      '{"read": " "}',
      '{"canary-value": ""}',
      '{"two words": "Read"}',
      '{"quo\\"te": "Read"}',
      '{"": "Read"}',
      '{"lesen-ä": "Read"}',
      '{"read": {"fr": "Lire"}}',
      '{"read": {"en": "Read", "fr": ""}}',
      '{"read": {"en": "Read", "xx": "canary-value"}}',
      '{"read": {"en": "Read", "__proto__": "canary-value"}}',
      '{"read": ["en"]}',
    ],
  ],
  ['DEFAULT_SCOPES', [CANARY, 'read canary-value', 'openid', '__ALL__']],
  [
    'ALLOWED_REDIRECT_URI_SCHEMES',
    ['https://', '1http', 'javascript', 'https JavaScript', 'data', 'file', 'http,canary_value'],
  ],
];

describe('a value that does not fit is refused by the name of its variable, and is not repeated', () => {
  const cases = MUTATIONS.flatMap(([name, values]) => values.map((value): [string, string] => [name, value]));

  test(`there are ${cases.length} of them to try`, () => expect(cases.length).toBeGreaterThan(100));

  test.each(cases)('%s=%s', (name, value) => {
    const problems = problemsOf({ SECRET_KEY: KEY, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} must .+\\.$`));
    expect(problems[0]).not.toMatch(/canary/);
  });
});

test('every problem is told at once', () => {
  const environment = Object.fromEntries(MUTATIONS.map(([name, values]) => [name, values[0]]));
  const problems = problemsOf(environment);
  expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual(Object.keys(environment).sort());
  expect(() => loadConfig(environment)).toThrow(
    new RegExp(`^The configuration has ${problems.length} problems:\n  - `),
  );
});

test('an external database needs a key that is given, since nodes share it', () => {
  const url = 'postgres://latchkey:canary-value@localhost/latchkey';
  for (const SECRET_KEY of [undefined, '', '   ']) {
    expect(problemsOf({ DATABASE_URL: url, SECRET_KEY })).toEqual([
      'SECRET_KEY must be set when DATABASE_URL is (openssl rand -hex 32 makes a good one).',
    ]);
  }
  expect(problemsOf({ DATABASE_URL: url, SECRET_KEY: KEY })).toEqual([]);
  // One complaint about a key that is too short is enough.
  expect(problemsOf({ DATABASE_URL: url, SECRET_KEY: 'short' })).toHaveLength(1);
});

describe('what is set', () => {
  test('nothing: a server for this machine', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({
      host: 'localhost',
      port: 8000,
      issuer: 'http://localhost:8000',
      issuerIsConfigured: false,
      databaseUrl: undefined,
      secretKey: undefined,
      trustedProxies: [],
      signup: 'open',
      passwordGrant: true,
      scopes: { defaults: ['read', 'write', 'groups'] },
      lifetimes: { accessToken: 3600, authorizationCode: 60, refreshGracePeriod: 10 },
    });
    expect(config.dataDir).toMatch(/\/data$/);
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('an empty variable is as one that is not set, and space around a value does not count', () => {
    const { dataDir: _, ...unset } = loadConfig({});
    const { dataDir: __, ...empty } = loadConfig({
      PORT: '',
      ISSUER: '  ',
      SCOPES: '',
      PASSWORD_GRANT: '\t',
      SECRET_KEY: '',
    });
    expect(empty).toEqual(unset);
    expect(loadConfig({ PORT: ' 9000 ' }).port).toBe(9000);
  });

  test.each([
    ['https://id.example.com', 'https://id.example.com'],
    ['https://id.example.com/', 'https://id.example.com'],
    ['https://id.example.com/o', 'https://id.example.com/o'],
    ['https://id.example.com/o/', 'https://id.example.com/o'],
    ['HTTPS://ID.Example.com:443/', 'https://id.example.com'],
    ['http://[::1]:8000', 'http://[::1]:8000'],
  ])('ISSUER=%s is the issuer %s', (value, issuer) => {
    expect(loadConfig({ ISSUER: value })).toMatchObject({ issuer, issuerIsConfigured: true });
  });

  test('the issuer follows the port until it is set', () => {
    expect(loadConfig({ PORT: '9001' }).issuer).toBe('http://localhost:9001');
    expect(loadConfig({ PORT: '9001', ISSUER: 'https://id.example.com' }).issuer).toBe(
      'https://id.example.com',
    );
  });

  test('scopes keep their order and their sentences, and the default ones may be some of them', () => {
    const SCOPES = JSON.stringify({ zebra: 'See stripes', apple: 'Eat' });
    expect(loadConfig({ SCOPES }).scopes).toEqual({
      sentences: { zebra: 'See stripes', apple: 'Eat' },
      defaults: ['zebra', 'apple'],
    });
    expect(loadConfig({ SCOPES, DEFAULT_SCOPES: 'apple' }).scopes.defaults).toEqual(['apple']);
    expect(problemsOf({ SCOPES, DEFAULT_SCOPES: 'read' })).toHaveLength(1);
  });

  test.each(['on', 'ON', 'true', 'yes', '1'])('PASSWORD_GRANT=%s is on', (value) => {
    expect(loadConfig({ PASSWORD_GRANT: value }).passwordGrant).toBe(true);
  });

  test.each(['off', 'Off', 'false', 'no', '0'])('PASSWORD_GRANT=%s is off', (value) => {
    expect(loadConfig({ PASSWORD_GRANT: value }).passwordGrant).toBe(false);
  });

  test('lists may be written with commas or spaces', () => {
    const proxies = ['10.0.0.0/8', '::1', '192.0.2.7'];
    expect(loadConfig({ TRUSTED_PROXIES: proxies.join(', ') }).trustedProxies).toEqual(proxies);
    expect(loadConfig({ TRUSTED_PROXIES: proxies.join(' ') }).trustedProxies).toEqual(proxies);
    expect(
      loadConfig({ ALLOWED_REDIRECT_URI_SCHEMES: 'HTTPS com.example.app' }).allowedRedirectUriSchemes,
    ).toEqual(['https', 'com.example.app']);
  });
});
