/** The Model Context Protocol: a server whose tokens come from here (RFC 9728), and the clients that get them. */
import { isPublic, lacksGrant } from '../obstacles.js';
import { type Connection, portOf, type Stack, scopeOf } from '../stack.js';

// Where Claude Code and the client below listen; it may be any port, and is registered with it.
const CALLBACK_PORT = 8765;
const CALLBACK = `http://localhost:${CALLBACK_PORT}/callback`;

export const mcp: Stack = {
  name: 'mcp',
  title: 'MCP server and clients',
  family: 'Tools',
  sentence:
    'A server of the Model Context Protocol that Latchkey protects, and how clients sign people in at it. Run with version 2 of the TypeScript SDK.',
  usualSite: 'http://localhost:3001',
  findObstacle: (application) =>
    lacksGrant(application, 'authorization_code') ??
    (isPublic(application) && application.tokenFormat === 'opaque'
      ? 'The MCP server has to check the tokens: make the application a confidential client, with whose secret it asks about them, or choose JWTs as its access tokens.'
      : undefined),
  redirectUriOf: () => CALLBACK,
  snippetsFor: (connection) => [
    {
      file: 'a terminal',
      text: `npm install @modelcontextprotocol/server @modelcontextprotocol/express @modelcontextprotocol/node express zod${connection.application.tokenFormat === 'jwt' ? ' jose' : ''}
node server.mjs`,
    },
    {
      file: 'server.mjs',
      sentence:
        'Serves /.well-known/oauth-protected-resource/mcp, by which clients find Latchkey, and takes only tokens that were issued to this application.',
      text: server(connection),
    },
    {
      file: 'client.mjs',
      sentence:
        'A native client: it waits for the browser on a port of this machine. After npm install @modelcontextprotocol/client.',
      text: client(connection),
    },
    {
      file: 'another terminal',
      sentence: connection.secret
        ? 'For Claude Code, which asks for the client secret and keeps it in your keychain.'
        : 'For Claude Code.',
      text: `claude mcp add --transport http --client-id ${connection.application.clientId}${connection.secret ? ' --client-secret' : ''} --callback-port ${CALLBACK_PORT} example ${connection.site}/mcp`,
      notRunBecause: 'it needs an account with a model.',
    },
    {
      file: '.mcp.json',
      sentence: 'The same as a file of your project; a secret is not in it.',
      text: `${JSON.stringify(
        {
          mcpServers: {
            example: {
              type: 'http',
              url: `${connection.site}/mcp`,
              oauth: { clientId: connection.application.clientId, callbackPort: CALLBACK_PORT },
            },
          },
        },
        null,
        2,
      )}\n`,
      notRunBecause: 'it needs an account with a model.',
    },
  ],
};

function server(connection: Connection): string {
  const { application, endpoints, site, scopes } = connection;
  const scope = `[${scopes.includes('read') ? "'read'" : ''}]`;
  const isJwt = application.tokenFormat === 'jwt';
  return `import {
  createMcpExpressApp,
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthMetadataRouter,
  requireBearerAuth,
} from '@modelcontextprotocol/express';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { McpServer, OAuthError, OAuthErrorCode } from '@modelcontextprotocol/server';
${isJwt ? "import { createRemoteJWKSet, jwtVerify } from 'jose';\n" : ''}
const CLIENT_ID = '${application.clientId}';
const url = new URL('${site}/mcp');
const oauthMetadata = await (await fetch('${endpoints.issuer}/.well-known/oauth-authorization-server')).json();

${isJwt ? checkSignature(connection) : askServer(connection)}
function createServer(person) {
  const server = new McpServer({ name: 'example', version: '1.0.0' });
  server.registerTool('whoami', { description: 'Says who is signed in.' }, async () => ({
    content: [{ type: 'text', text: person.username }],
  }));
  return server;
}

const app = createMcpExpressApp({ allowedHosts: [url.hostname] });
app.use(mcpAuthMetadataRouter({ oauthMetadata, resourceServerUrl: url, scopesSupported: ${scope} }));
app.post(
  '/mcp',
  requireBearerAuth({
    verifier: { verifyAccessToken },
    requiredScopes: ${scope},
    resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(url),
  }),
  async (req, res) => {
    // No session is kept: each request has a server and a transport of its own.
    const transport = new NodeStreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    await createServer(req.auth.extra).connect(transport);
    await transport.handleRequest(req, res, req.body);
  },
);
app.listen(${portOf(site)}, 'localhost', () => console.log(url.href));
`;
}

function askServer({ endpoints, secret }: Connection): string {
  return `/** Asks Latchkey about a token. One that was issued to another application is not good here. */
async function verifyAccessToken(token) {
  const answer = await fetch('${endpoints.introspection}', {
    method: 'POST',
    headers: { authorization: \`Basic \${btoa(\`\${CLIENT_ID}:${secret}\`)}\` },
    body: new URLSearchParams({ token }),
  });
  if (!answer.ok) throw new Error(\`introspection answered \${answer.status}\`);
  const { active, client_id, scope, exp, username } = await answer.json();
  if (!active || client_id !== CLIENT_ID)
    throw new OAuthError(OAuthErrorCode.InvalidToken, 'The token is not good here.');
  return { token, clientId: client_id, scopes: scope.split(' '), expiresAt: exp, extra: { username } };
}
`;
}

function checkSignature({ application }: Connection): string {
  return `const keys = createRemoteJWKSet(new URL(oauthMetadata.jwks_uri));
const { issuer } = oauthMetadata;
const rules = { issuer, audience: issuer, typ: 'at+jwt', algorithms: ['${application.idTokenAlg}'] };

/** Checks a token by Latchkey's keys (RFC 9068 4). One that was issued to another application is not good here. */
async function verifyAccessToken(token) {
  const { payload } = await jwtVerify(token, keys, rules).catch(() => ({ payload: {} }));
  const { client_id, scope, exp, username } = payload;
  if (client_id !== CLIENT_ID)
    throw new OAuthError(OAuthErrorCode.InvalidToken, 'The token is not good here.');
  return { token, clientId: client_id, scopes: scope.split(' '), expiresAt: exp, extra: { username } };
}
`;
}

function client(connection: Connection): string {
  const { application, secret, site } = connection;
  const information = secret
    ? `{ client_id: '${application.clientId}', client_secret: '${secret}' }`
    : `{ client_id: '${application.clientId}' }`;
  return `import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';

const url = new URL('${site}/mcp');
const REDIRECT_URI = '${CALLBACK}';
const state = randomBytes(16).toString('base64url');
let tokens;
let verifier;
let discovered;

// A real client keeps the tokens where the system keeps passwords.
const authProvider = {
  redirectUrl: REDIRECT_URI,
  clientMetadata: {
    client_name: 'Example',
    redirect_uris: [REDIRECT_URI],
    scope: '${scopeOf(connection, ['read'])}',
  },
  clientInformation: () => (${information}),
  state: () => state,
  tokens: () => tokens,
  saveTokens: (given) => {
    tokens = given;
  },
  codeVerifier: () => verifier,
  saveCodeVerifier: (made) => {
    verifier = made;
  },
  // The code is redeemed only where the sign-in began.
  discoveryState: () => discovered,
  saveDiscoveryState: (found) => {
    discovered = found;
  },
  redirectToAuthorization: (address) => console.log(\`Open \${address}\`),
};

/** What the browser brings back. */
function waitForCallback() {
  return new Promise((resolve) => {
    const listener = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url, REDIRECT_URI);
      const isOurs = pathname === '/callback' && searchParams.get('state') === state;
      response.writeHead(isOurs ? 200 : 404).end(isOurs ? 'Signed in. You can close this page.' : '');
      if (!isOurs) return;
      listener.close();
      resolve(searchParams);
    }).listen(${CALLBACK_PORT}, 'localhost');
  });
}

const callback = waitForCallback();
const client = new Client({ name: 'example', version: '1.0.0' });
const transport = new StreamableHTTPClientTransport(url, { authProvider });
try {
  await client.connect(transport);
} catch (error) {
  if (!(error instanceof UnauthorizedError)) throw error;
  await transport.finishAuth(await callback);
  await client.connect(new StreamableHTTPClientTransport(url, { authProvider }));
}
const { content } = await client.callTool({ name: 'whoami' });
console.log(content[0].text);
await client.close();
`;
}
