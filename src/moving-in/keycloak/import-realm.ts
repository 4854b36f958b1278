/** Brings a Keycloak realm over from its export: users, groups and clients. Sessions and tokens are not in it. */
import type { Knex } from 'knex';
import { bringGroups } from '../../accounts/bring-accounts.js';
import { BATCH, bringAccounts, bringOneApplication } from '../bring-in.js';
import { importInOneTransaction } from '../in-one-transaction.js';
import type { Progress } from '../progress.js';
import { readObject } from '../read-file.js';
import { type Report, remark } from '../report.js';
import { toApplication } from './clients.js';
import { groupPaths, keycloakRealm } from './realm.js';
import { toAccount } from './users.js';

interface RealmImport {
  path: string;
  /** ALLOWED_REDIRECT_URI_SCHEMES of this server. */
  allowedSchemes: string[];
  knex: Knex;
  at: Date;
  isDryRun: boolean;
  progress: Progress;
}

export async function importRealm({ path, allowedSchemes, progress, ...run }: RealmImport): Promise<Report> {
  const realm = readObject(path, keycloakRealm, 'no realm export of Keycloak');
  const sourceKey = `keycloak-${realm.id ?? realm.realm}`;
  return importInOneTransaction({ ...run, sourceKey, sourceName: path }, async (arrival) => {
    const { db, at, report } = arrival;
    const groups = groupPaths(realm.groups).map((name) => ({ name, requiresFactor: false }));
    report.brought.groups = await bringGroups(db, groups);
    report.known.groups = groups.length - report.brought.groups;

    const users = realm.users.filter((user) => user.serviceAccountClientId === undefined);
    progress.begin('users', users.length);
    for (let from = 0; from < users.length; from += BATCH) {
      const list = users.slice(from, from + BATCH);
      await bringAccounts(
        arrival,
        list.map((user) => toAccount(user, { at, report })),
      );
      progress.add(list.length);
    }
    progress.end();
    if (users[0])
      remark(
        report.changed,
        'users',
        'their ids were UUIDs and are numbers here: `sub` is another one',
        'all of them',
      );

    progress.begin('applications', realm.clients.length);
    for (const client of realm.clients) {
      const application = toApplication(client, { at, report, realm, allowedSchemes });
      if (application) await bringOneApplication(arrival, application);
      progress.add(1);
    }
    progress.end();
  });
}
