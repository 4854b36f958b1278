/** What we read of a Keycloak realm export (`kc.sh export --realm NAME --users realm_file`); the rest is passed over. */
import { z } from 'zod';

const texts = z.array(z.string()).default([]);
const attributes = z.record(z.string(), z.unknown()).default({});

const credential = z.object({
  type: z.string(),
  /** JSON within the JSON. */
  secretData: z.string().optional(),
  credentialData: z.string().optional(),
});

export const keycloakUser = z.object({
  id: z.string().min(1),
  username: z.string().min(1),
  email: z.string().default(''),
  emailVerified: z.boolean().default(false),
  enabled: z.boolean().default(true),
  firstName: z.string().default(''),
  lastName: z.string().default(''),
  createdTimestamp: z.number().optional(),
  serviceAccountClientId: z.string().optional(),
  credentials: z.array(credential).default([]),
  /** Paths, such as /writers/poets. */
  groups: texts,
  realmRoles: texts,
  clientRoles: z.record(z.string(), texts).default({}),
});
export type KeycloakUser = z.output<typeof keycloakUser>;

export const keycloakClient = z.object({
  clientId: z.string().min(1),
  name: z.string().default(''),
  enabled: z.boolean().default(true),
  protocol: z.string().default('openid-connect'),
  publicClient: z.boolean().default(false),
  bearerOnly: z.boolean().default(false),
  secret: z.string().optional(),
  redirectUris: texts,
  webOrigins: texts,
  standardFlowEnabled: z.boolean().default(true),
  implicitFlowEnabled: z.boolean().default(false),
  directAccessGrantsEnabled: z.boolean().default(false),
  serviceAccountsEnabled: z.boolean().default(false),
  consentRequired: z.boolean().default(false),
  attributes,
});
export type KeycloakClient = z.output<typeof keycloakClient>;

type KeycloakGroup = { name: string; subGroups?: KeycloakGroup[] | undefined };
const group: z.ZodType<KeycloakGroup> = z.object({
  name: z.string().min(1),
  get subGroups() {
    return z.array(group).optional();
  },
});

export const keycloakRealm = z.object({
  id: z.string().optional(),
  realm: z.string().min(1),
  /** Seconds, as the next two. */
  accessTokenLifespan: z.number().int().positive().optional(),
  ssoSessionIdleTimeout: z.number().int().positive().optional(),
  groups: z.array(group).default([]),
  users: z.array(keycloakUser).default([]),
  clients: z.array(keycloakClient).default([]),
});
export type KeycloakRealm = z.output<typeof keycloakRealm>;

/** writers, writers/poets... */
export function groupPaths(groups: KeycloakGroup[], parent = ''): string[] {
  return groups.flatMap(({ name, subGroups = [] }) => [
    parent + name,
    ...groupPaths(subGroups, `${parent}${name}/`),
  ]);
}
