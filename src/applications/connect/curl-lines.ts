/** Commands to paste into a terminal that take an application through the grants it has. */
import type { Application, GrantType } from '../application.js';
import type { Endpoints } from '../endpoints.js';

export interface CurlLine {
  title: string;
  command: string;
}

// The pair of RFC 7636 appendix B: good for a try at the terminal, where nobody else sees the code.
const PKCE_VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const PKCE_CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code' satisfies GrantType;

/** @param secret shown in the commands when it was just made, otherwise a placeholder stands in its place */
export function curlLines(
  application: Application,
  endpoints: Endpoints,
  secret = 'CLIENT_SECRET',
): CurlLine[] {
  const { grantTypes, clientType, clientId } = application;
  const id = inShell(clientId);
  const client = clientType === 'public' ? `-d client_id=${id}` : `-u ${id}:${secret}`;
  const requestAt = (endpoint: string, ...fields: string[]) =>
    [`curl ${client}`, ...fields.map((field) => `  -d ${field}`), `  ${endpoint}`].join(' \\\n');
  const request = (...fields: string[]) => requestAt(endpoints.token, ...fields);
  const lines: CurlLine[] = [];
  if (grantTypes.includes('authorization_code'))
    lines.push(...authorizationCodeLines(application, endpoints, request));
  if (grantTypes.includes('client_credentials')) {
    lines.push({
      title: 'A token for the application itself',
      command: request('grant_type=client_credentials'),
    });
  }
  if (grantTypes.includes('password')) {
    const command = request('grant_type=password', 'username=USERNAME', 'password=PASSWORD');
    lines.push({ title: 'Tokens for a name and a password', command });
  }
  if (grantTypes.includes(DEVICE_CODE)) {
    lines.push(
      {
        // Without a field curl would send a GET.
        title: 'Ask for a code',
        command: requestAt(
          endpoints.deviceAuthorization,
          ...(clientType === 'public' ? [] : [`client_id=${clientId}`]),
        ),
      },
      {
        title: 'Ask for the tokens once it is confirmed',
        command: request(`grant_type=${DEVICE_CODE}`, 'device_code=DEVICE_CODE'),
      },
    );
  }
  if (grantTypes.includes('refresh_token')) {
    const command = request('grant_type=refresh_token', 'refresh_token=REFRESH_TOKEN');
    lines.push({ title: 'New tokens for a refresh token', command });
  }
  if (grantTypes.some((grantType) => !['client_credentials', 'refresh_token'].includes(grantType))) {
    const command = `curl -H 'Authorization: Bearer ACCESS_TOKEN' ${endpoints.profile}`;
    lines.push({ title: 'Who signed in', command });
  }
  return lines;
}

function authorizationCodeLines(
  { clientId, pkce, redirectUris }: Application,
  endpoints: Endpoints,
  request: (...fields: string[]) => string,
): CurlLine[] {
  const redirectUri = encode(redirectUris[0] ?? '');
  const challenge = pkce === 'required' ? `&code_challenge=${PKCE_CHALLENGE}&code_challenge_method=S256` : '';
  const query = `response_type=code&client_id=${encode(clientId)}&redirect_uri=${redirectUri}&state=anything${challenge}`;
  const verifier = pkce === 'required' ? [`code_verifier=${PKCE_VERIFIER}`] : [];
  return [
    { title: 'Open this in a browser and sign in', command: `${endpoints.authorization}?${query}` },
    {
      title: 'Exchange the code you come back with',
      command: request(
        'grant_type=authorization_code',
        'code=CODE',
        `redirect_uri=${redirectUri}`,
        ...verifier,
      ),
    },
  ];
}

/** Ours are letters and digits; what was chosen elsewhere is not to be run by the shell it is pasted into. */
const inShell = (text: string) => (/^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Percent-encoded so far that it needs no quotes in a shell. */
function encode(value: string): string {
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(value).replace(/[!'()*]/g, hex);
}
