/**
 * Makes the stored applications what a file says: what differs is found first, for a person to look at, and done in one
 * transaction. What the file does not name, applications and settings alike, stays as it is.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../config/config.js';
import type { Db } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import { inEnglish } from '../../languages/texts.js';
import type { Application, ApplicationSettings } from '../application.js';
import { deleteApplication } from '../delete-application.js';
import { findApplicationByClientId } from '../find-application.js';
import type { Change } from '../record-change.js';
import { registerApplication } from '../register-application.js';
import { addSecret } from '../secrets/add-secret.js';
import { secretMatches } from '../secrets/client-secrets.js';
import { selectStoredSecrets } from '../secrets/secrets-store.js';
import { checkSettings } from '../settings/check-settings.js';
import { nameErrors, type SettingsDocument, toDocument, toInput } from '../settings/document.js';
import { rulesFor } from '../settings/rules.js';
import { lockTeam } from '../teams/store.js';
import { transferApplication } from '../teams/transfer-application.js';
import { updateApplication } from '../update-application.js';
import { describeOwner, findWantedOwner, type WantedOwner } from './owner.js';
import type { WantedApplication } from './read-applications.js';

export interface PlannedChange {
  clientId: string;
  name: string;
  action: 'create' | 'change' | 'delete' | 'nothing';
  /** By the names of the file; from is undefined in a new application. */
  differences: { field: string; from: unknown; to: unknown }[];
}

interface Planned extends PlannedChange {
  wanted: WantedApplication;
  current: Application | undefined;
  settings: ApplicationSettings | undefined;
  /** Whose it is to be from now on; undefined: it stays whose it is. */
  owner: WantedOwner | undefined;
  addsSecret: boolean;
}

const ABOUT_FILE = ['client_id', 'owner', 'team', 'client_secret_file', 'state', 'secret'];

function settingsOf(wanted: WantedApplication): SettingsDocument {
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => !ABOUT_FILE.includes(name)));
}

async function isSecretKnown(db: Db, { id }: Application, secret: string, at: Date): Promise<boolean> {
  const stored = (await selectStoredSecrets(db, [id])).get(id) ?? [];
  return stored.some(({ hash, expiresAt }) => (!expiresAt || expiresAt > at) && secretMatches(hash, secret));
}

function findDifferences(
  current: Application | undefined,
  settings: ApplicationSettings,
): PlannedChange['differences'] {
  const before = current && toDocument(current);
  const after = toDocument(settings);
  return (Object.keys(after) as (keyof SettingsDocument)[])
    .filter((field) => !isDeepStrictEqual(before?.[field], after[field]))
    .map((field) => ({ field, from: before?.[field], to: after[field] }));
}

async function planOne(
  db: Db,
  config: Config,
  wanted: WantedApplication,
  problems: string[],
  at: Date,
): Promise<Planned> {
  const clientId = wanted.client_id;
  const current = await findApplicationByClientId(db, clientId);
  const name = wanted.name ?? current?.name ?? clientId;
  const none = { clientId, name, wanted, current, owner: undefined, settings: undefined, addsSecret: false };
  if (wanted.state === 'absent') return { ...none, action: current ? 'delete' : 'nothing', differences: [] };
  const { owner: wantedOwner, problem } = await findWantedOwner(db, wanted);
  if (problem) problems.push(`${clientId}: ${problem}`);
  else if (!current && !wantedOwner)
    problems.push(`${clientId}: a new application needs an owner (a username) or a team.`);
  const { settings, errors } = checkSettings(toInput(settingsOf(wanted)), rulesFor(config, true), current);
  if (errors) {
    const named = Object.entries(nameErrors(errors)).map(
      ([field, problem]) => `${field}: ${inEnglish(problem)}`,
    );
    problems.push(`${clientId}: ${named.join(' ')}`);
    return { ...none, action: 'nothing', differences: [] };
  }
  if (wanted.secret !== undefined && settings.clientType === 'public')
    problems.push(`${clientId}: a public client has no secret, and client_secret_file names one.`);
  const differences = findDifferences(current, settings);
  const ownerBefore = current && (await describeOwner(db, current));
  const owner = wantedOwner?.label === ownerBefore ? undefined : wantedOwner;
  if (owner) differences.unshift({ field: 'owner', from: ownerBefore, to: owner.label });
  const addsSecret =
    current !== undefined &&
    wanted.secret !== undefined &&
    !(await isSecretKnown(db, current, wanted.secret, at));
  if (addsSecret)
    differences.push({ field: 'client_secret_file', from: 'another secret', to: 'this secret as well' });
  const action = current ? (differences.length ? 'change' : 'nothing') : 'create';
  return { clientId, name, wanted, current, settings, owner, addsSecret, action, differences };
}

async function plan(db: Db, config: Config, wanted: WantedApplication[], at: Date): Promise<Planned[]> {
  const problems: string[] = [];
  const planned: Planned[] = [];
  for (const each of wanted) planned.push(await planOne(db, config, each, problems, at));
  if (problems.length) throw new AppError(422, 'refused', problems.join('\n'));
  return planned;
}

/** @throws AppError 422 with all that is wrong, of every application */
export async function planApplications(
  db: Db,
  config: Config,
  wanted: WantedApplication[],
  at: Date,
): Promise<PlannedChange[]> {
  const planned = await plan(db, config, wanted, at);
  return planned.map(({ clientId, name, action, differences }) => ({ clientId, name, action, differences }));
}

/**
 * @returns what was done, and the secrets that were made for new applications, shown now or never
 * @throws AppError 422, and nothing was done
 */
export async function applyApplications(
  db: Db,
  config: Config,
  wanted: WantedApplication[],
  change: Change,
): Promise<{ done: PlannedChange[]; secrets: Map<string, string> }> {
  return db.transaction(async (transaction) => {
    const secrets = new Map<string, string>();
    const planned = await plan(transaction, config, wanted, change.at);
    await lockTeams(transaction, planned);
    for (const each of planned) {
      const secret = await carryOut(transaction, each, change);
      if (secret) secrets.set(each.clientId, secret);
    }
    const done = planned.map(({ clientId, name, action, differences }) => ({
      clientId,
      name,
      action,
      differences,
    }));
    return { done, secrets };
  });
}

/** Before any application and in one order, as whoever hands an application over holds them. */
async function lockTeams(transaction: Db, planned: Planned[]): Promise<void> {
  const ids = planned.flatMap(({ owner }) => (owner && 'teamId' in owner.to ? owner.to.teamId : []));
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) await lockTeam(transaction, id);
}

/** @returns the secret of a new application that had none in the file */
async function carryOut(
  transaction: Db,
  { action, clientId, current, settings, owner, wanted, addsSecret }: Planned,
  change: Change,
): Promise<string | undefined> {
  const { secret: chosen } = wanted;
  if (action === 'delete' && current) await deleteApplication(transaction, current.id, change);
  if (action === 'create' && settings) {
    const { secret } = await registerApplication(transaction, {
      settings,
      ownerId: owner && 'accountId' in owner.to ? owner.to.accountId : null,
      teamId: owner && 'teamId' in owner.to ? owner.to.teamId : undefined,
      quota: false,
      clientId,
      ...change,
      ...(chosen ? { secret: chosen } : {}),
    });
    return chosen ? undefined : secret;
  }
  if (action === 'change' && current && settings) {
    if (owner) await transferApplication(transaction, current.id, owner.to, change);
    await updateApplication(transaction, current.id, { decide: () => settings, ...change });
    if (addsSecret && chosen)
      await addSecret(transaction, current.id, { name: 'From a file', secret: chosen, ...change });
  }
  return undefined;
}
