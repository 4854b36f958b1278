/** Auth.js in the two frameworks it is used with most; they share the provider, and differ in the callback. */
import { lacksGrant, lacksOpenId } from '../obstacles.js';
import {
  type Connection,
  FRESH_SECRET_SENTENCE,
  freshSecret,
  portOf,
  type Stack,
  scopeOf,
} from '../stack.js';

const shared = {
  family: 'JavaScript',
  usualSite: 'http://localhost:3000',
  findObstacle: (application) => lacksGrant(application, 'authorization_code') ?? lacksOpenId(application),
} satisfies Partial<Stack>;

export const authjsNext: Stack = {
  ...shared,
  name: 'authjs-nextjs',
  title: 'Auth.js in Next.js',
  sentence: 'next-auth for the App Router. Run with next-auth 5.0.0-beta.32 and Next.js 16.',
  redirectUriOf: (site) => `${site}/api/auth/callback/latchkey`,
  snippetsFor: (connection) => [
    { file: 'a terminal', text: 'npm install next-auth@5.0.0-beta.32\nnpm run dev' },
    { file: '.env.local', sentence: FRESH_SECRET_SENTENCE, text: environment(connection) },
    {
      file: 'auth.ts',
      text: `import NextAuth from 'next-auth';

export const { handlers, auth, signIn, signOut } = NextAuth({
  providers: [
${provider(connection, '    ')}
  ],
});
`,
    },
    {
      file: 'app/api/auth/[...nextauth]/route.ts',
      text: `import { handlers } from '../../../../auth';

export const { GET, POST } = handlers;
`,
    },
    {
      file: 'app/page.tsx',
      text: `import { auth, signIn, signOut } from '../auth';

async function signInHere() {
  'use server';
  await signIn('latchkey');
}

async function signOutHere() {
  'use server';
  await signOut();
}

export default async function Page() {
  const session = await auth();
  return session?.user ? (
    <form action={signOutHere}>
      <p>Signed in as {session.user.email}</p>
      <button type="submit">Sign out</button>
    </form>
  ) : (
    <form action={signInHere}>
      <button type="submit">Sign in</button>
    </form>
  );
}
`,
    },
  ],
};

export const authjsExpress: Stack = {
  ...shared,
  name: 'authjs-express',
  title: 'Auth.js in Express',
  sentence: '@auth/express in a website. Run with @auth/express 0.12 and Express 5.',
  redirectUriOf: (site) => `${site}/auth/callback/latchkey`,
  snippetsFor: (connection) => [
    { file: 'a terminal', text: 'npm install express @auth/express\nnode --env-file=.env server.mjs' },
    { file: '.env', sentence: FRESH_SECRET_SENTENCE, text: environment(connection) },
    {
      file: 'server.mjs',
      text: `import { ExpressAuth, getSession } from '@auth/express';
import express from 'express';

const config = {
  providers: [
${provider(connection, '    ')}
  ],
};

const app = express();
app.set('trust proxy', 1);
app.use('/auth', ExpressAuth(config));

app.get('/', async (req, res) => {
  const session = await getSession(req, config);
  if (session?.user) res.json(session.user);
  else res.send('<a href="/auth/signin">Sign in</a>');
});

app.listen(${portOf(connection.site)}, () => console.log('${connection.site}'));
`,
    },
  ],
};

function environment({ application, endpoints, secret, site }: Connection): string {
  const lines = [
    `AUTH_URL=${site}`,
    `AUTH_SECRET=${freshSecret()}`,
    `AUTH_LATCHKEY_ISSUER=${endpoints.issuer}`,
    `AUTH_LATCHKEY_ID=${application.clientId}`,
  ];
  if (secret) lines.push(`AUTH_LATCHKEY_SECRET=${secret}`);
  return `${lines.join('\n')}\n`;
}

/** Auth.js reads issuer, id and secret from the variables above by the provider's id. */
function provider(connection: Connection, indent: string): string {
  const { application } = connection;
  const lines = [
    '{',
    "  id: 'latchkey',",
    "  name: 'Latchkey',",
    "  type: 'oidc',",
    `  authorization: { params: { scope: '${scopeOf(connection, ['openid', 'profile', 'email', 'read'])}' } },`,
    '  // Name and address are at the userinfo endpoint; the ID token says who somebody is and no more.',
    '  idToken: false,',
    "  checks: ['pkce', 'state'],",
  ];
  const client = [
    ...(application.clientType === 'public' ? ["token_endpoint_auth_method: 'none'"] : []),
    ...(application.idTokenAlg === 'RS256'
      ? []
      : [`id_token_signed_response_alg: '${application.idTokenAlg}'`]),
  ];
  if (client.length) lines.push(`  client: { ${client.join(', ')} },`);
  return [...lines, '},'].map((line) => indent + line).join('\n');
}
