/** What the tables are to people, in the order in which they are told. */
import { bucketedTables } from '../tokens/buckets.js';
import { EXPIRING } from '../tokens/expiring-tables.js';

const NAMES: Record<string, string> = {
  accounts: 'accounts',
  groups: 'groups',
  group_members: 'members of groups',
  applications: 'applications',
  client_secrets: 'application secrets',
  application_tokens: 'API tokens',
  preview_redirect_uris: 'preview redirect URIs',
  application_counters: 'numbers of applications',
  sign_in_steps: 'steps of sign-ins',
  retired_secrets: 'retired application secrets',
  teams: 'teams',
  team_members: 'members of teams',
  team_applications: 'applications of teams',
  application_holds: 'reasons why applications are disabled',
  consents: 'consents',
  grants: 'sign-ins at applications',
  access_tokens: 'access tokens',
  refresh_tokens: 'refresh tokens',
  authorization_codes: 'authorization codes',
  device_codes: 'device codes',
  sessions: 'browser sessions',
  interactions: 'sign-ins in progress',
  personal_tokens: 'personal access tokens',
  account_deletions: 'accounts being deleted',
  pending_sign_ins: 'sign-ins before their second step',
  totp_seeds: 'authenticator apps',
  one_time_links: 'one-time links',
  imported_records: 'imported records',
  throttles: 'throttle counters',
  refused_requests: 'refused requests',
  outages: 'outages',
  audit_events: 'audit events',
  signing_keys: 'signing keys',
};

/** The bucketed table that a table is a partition of (attached or not), and the number of its bucket. */
export function partitionOf(
  table: string,
): { parent: keyof typeof bucketedTables; bucket: number } | undefined {
  for (const parent of Object.keys(bucketedTables) as (keyof typeof bucketedTables)[]) {
    const [, bucket] = new RegExp(`^${parent}_(\\d+)$`).exec(table) ?? [];
    if (bucket) return { parent, bucket: Number(bucket) };
  }
  return undefined;
}

/** A table that has no name here is told by its own. */
export function describeTable(table: string): string {
  const parent = partitionOf(table)?.parent;
  return NAMES[parent ?? table] ?? table.replaceAll('_', ' ');
}

const RANKS = Object.values(NAMES);
/** Where a description comes in the list; what is not in it comes last. */
export const rankOf = (what: string): number => (RANKS.includes(what) ? RANKS.indexOf(what) : RANKS.length);

/** Whether the rows of a table leave by themselves. */
export function isExpiring(table: string): boolean {
  return partitionOf(table) !== undefined || table in EXPIRING || table === 'audit_events';
}
