/** Keycloak's users with their password hashes. Their ids are UUIDs: here they get numbers. */
import { z } from 'zod';
import type { IncomingAccount } from '../bring-in.js';
import { type Report, remark } from '../report.js';
import type { KeycloakUser } from './realm.js';

const secretData = z.object({ value: z.string(), salt: z.string() });
const first = z.array(z.string()).min(1);
const credentialData = z.object({
  hashIterations: z.number().int(),
  algorithm: z.string(),
  additionalParameters: z
    .object({ type: first, version: first, memory: first, parallelism: first })
    .partial()
    .default({}),
});

const DIGESTS: Record<string, string> = {
  pbkdf2: 'sha1',
  'pbkdf2-sha256': 'sha256',
  'pbkdf2-sha512': 'sha512',
};

const withoutPadding = (base64: string) => base64.replace(/=+$/, '');

/** As accounts/foreign-hashes.ts reads it; a kind that nobody knows keeps its name, for the report. */
function toHash(secret: z.output<typeof secretData>, data: z.output<typeof credentialData>): string {
  const { algorithm, hashIterations, additionalParameters } = data;
  const { value, salt } = secret;
  const digest = DIGESTS[algorithm];
  if (digest) return `$pbkdf2-${digest}$i=${hashIterations}$${salt}$${value}`;
  if (algorithm !== 'argon2') return `${algorithm}$`;
  const [type = 'id'] = additionalParameters.type ?? [];
  const [memory = ''] = additionalParameters.memory ?? [];
  const [parallelism = ''] = additionalParameters.parallelism ?? [];
  const version = additionalParameters.version?.[0] === '1.0' ? 16 : 19;
  const parameters = `v=${version}$m=${memory},t=${hashIterations},p=${parallelism}`;
  return `$argon2${type}$${parameters}$${withoutPadding(salt)}$${withoutPadding(value)}`;
}

function findHash(user: KeycloakUser): string | null {
  const password = user.credentials.find(({ type }) => type === 'password');
  if (!password?.secretData || !password.credentialData) return null;
  try {
    return toHash(
      secretData.parse(JSON.parse(password.secretData)),
      credentialData.parse(JSON.parse(password.credentialData)),
    );
  } catch {
    return 'unreadable$';
  }
}

// What everybody has.
const USUAL_ROLE = /^(default-roles-.*|offline_access|uma_authorization)$/;

export function toAccount(user: KeycloakUser, { at, report }: { at: Date; report: Report }): IncomingAccount {
  const change = (reason: string) => remark(report.changed, 'users', reason, user.username);
  const roles = [...user.realmRoles, ...Object.values(user.clientRoles).flat()];
  if (roles.some((role) => !USUAL_ROLE.test(role))) change('their roles stay behind; groups come along');
  if (user.credentials.some(({ type }) => type !== 'password'))
    change('their second factors stay behind: they set them up anew');
  const createdAt = user.createdTimestamp === undefined ? at : new Date(user.createdTimestamp);
  return {
    key: user.id,
    id: null,
    username: user.username,
    email: user.email,
    emailVerifiedAt: user.emailVerified ? at : null,
    firstName: user.firstName,
    lastName: user.lastName,
    passwordHash: findHash(user),
    isSuperuser: false,
    disabledAt: user.enabled ? null : at,
    claims: {},
    groups: user.groups.map((path) => path.replace(/^\//, '')),
    createdAt,
    updatedAt: createdAt,
  };
}
