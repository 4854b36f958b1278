/**
 * What takes something away from somebody, each from its beginning: a person or an application of its own is made,
 * something is given to it, and then it is taken away. None of it may ever come back once it was acknowledged.
 */
import { setAccountEnabled } from '../../../src/accounts/set-account-enabled.js';
import { rotateSecret } from '../../../src/applications/secrets/rotate-secret.js';
import { createPerson, PASSWORD } from '../../support/people.js';
import type { Negative } from './ledger.js';
import type { Action } from './load.js';
import { openNodeClient } from './node-client.js';
import { requirePage } from './requests.js';
import { beginChain, stamp, type TrafficDeps } from './traffic.js';
import { cookiesOf, makeApp, type Person, signInBrowser, signInPerson } from './world.js';

const NEW_PASSWORD = 'another horse, another battery';

export const WITHOUT_DATABASE = 'command without database';

/** What a command does without any node; it needs the database itself, and fails with it. */
class CommandFailed extends Error {
  readonly code = WITHOUT_DATABASE;
}

async function byCommand<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new CommandFailed((error as Error).message, { cause: error });
  }
}

async function acknowledged({ ledger, node }: TrafficDeps, what: Negative, work: () => Promise<unknown>) {
  await ledger.write(stamp(node, { kind: 'asked', what }));
  await work();
  await ledger.write(stamp(node, { kind: 'done', what }));
}

const newName = ({ node, state }: TrafficDeps) => `guest-${node.name}-${++state.begun}`;

async function logOut(deps: TrafficDeps, { username, browser, cookies }: Person) {
  const page = requirePage(await browser.open('/logout'));
  await acknowledged(deps, { type: 'logout', username, cookies }, async () => {
    requirePage(await browser.submit(page, {}, '/logout'));
  });
}

/** Signed in at two browsers; the one changes the password, and the other's session ends. */
async function changePassword(deps: TrafficDeps, { username, browser }: Person) {
  const other = await signInBrowser(deps.node, username);
  const otherCookies = await cookiesOf(other, deps.node.issuer);
  const page = requirePage(await browser.open('/account/password'));
  const change = {
    type: 'password change',
    username,
    old: PASSWORD,
    new: NEW_PASSWORD,
    otherCookies,
  } as const;
  await acknowledged(deps, change, async () => {
    const fields = { current_password: PASSWORD, new_password: NEW_PASSWORD };
    requirePage(await browser.submit(page, fields, '/account/password'));
  });
}

/** As `latchkey user disable` does. */
async function disableUser(deps: TrafficDeps, person: Person) {
  const { username } = person;
  const http = openNodeClient(deps.node, { connections: 1 });
  await beginChain({ ...deps, http }, person).finally(() => http.close());
  await acknowledged(deps, { type: 'disabled user', username, password: PASSWORD }, () =>
    byCommand(setAccountEnabled(deps.world.database, username, false)),
  );
}

/** As `latchkey app rotate-secret` does. */
async function rotate({ world, node, ledger }: TrafficDeps) {
  const app = await byCommand(makeApp(world.database));
  const what = { type: 'secret rotation', clientId: app.clientId, old: app.secret } as const;
  await ledger.write(stamp(node, { kind: 'asked', what }));
  const rotation = { overlap: 0, by: {}, at: new Date() };
  const secret = await byCommand(rotateSecret(world.database.knex, app.id, rotation));
  await ledger.write(stamp(node, { kind: 'done', what: { ...what, new: secret } }));
}

export function createNegatives(deps: TrafficDeps): Action[] {
  const { world, node } = deps;
  const withPerson = (work: (deps: TrafficDeps, person: Person) => Promise<void>) => async () => {
    const account = await byCommand(createPerson(world, newName(deps)));
    return work(deps, await signInPerson(node, account));
  };
  return [
    { name: 'logout', weight: 1, run: withPerson(logOut) },
    { name: 'password change', weight: 1, run: withPerson(changePassword) },
    { name: 'disable user', weight: 1, run: withPerson(disableUser) },
    { name: 'rotate secret', weight: 1, run: () => rotate(deps) },
  ];
}
