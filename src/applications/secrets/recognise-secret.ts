/** What somebody has pasted in the place of a client secret: the right one, or which of the usual mistakes. */
import type { Passwords } from '../../accounts/passwords.js';
import { isPersonalToken } from '../../accounts/personal-tokens/token-format.js';
import type { Database } from '../../database/database.js';
import { isApiToken } from '../api-tokens/api-tokens.js';
import type { Application, ClientSecret } from '../application.js';
import { type StoredSecret, selectClient } from '../clients/store.js';
import { checkSecret } from './check-secret.js';
import { SECRET_FORMAT } from './client-secrets.js';
import { hashKindOf, withoutQuotes } from './looks-like.js';
import { type EndedSecret, findEndedSecret } from './retired-secrets.js';
import { type ApplicationOfSecret, findApplicationOfSecret, selectLiveSecrets } from './secrets-store.js';

export type Verdict =
  | { is: 'right'; secret: ClientSecret }
  | { is: 'ended'; secret: EndedSecret }
  | { is: 'of-another'; application: ApplicationOfSecret }
  | { is: 'hash' | 'client-id' | 'personal-token' | 'api-token' | 'cut' | 'empty' | 'unknown' };

/** What is around or inside the secret, and would have it refused. */
export type Flaw = 'space-around' | 'space-within' | 'quotes';

export interface Recognised {
  verdict: Verdict;
  flaw: Flaw | undefined;
}

/** Long enough for every secret there is, short enough to be hashed without a thought. */
const LONGEST = 2_000;

function clean(pasted: string): { value: string; flaw: Flaw | undefined } {
  const trimmed = pasted.trim();
  const unquoted = withoutQuotes(trimmed);
  if (unquoted !== trimmed) return { value: unquoted, flaw: 'quotes' };
  const value = trimmed.replace(/\s+/g, '');
  if (value !== trimmed) return { value, flaw: 'space-within' };
  return { value, flaw: trimmed === pasted ? undefined : 'space-around' };
}

interface RecogniseDeps {
  database: Database;
  passwords: Pick<Passwords, 'inTurn'>;
}

interface Asking {
  application: Pick<Application, 'id' | 'clientId'>;
  /** Whose other applications may be named; undefined: everybody's. */
  accountId: number | undefined;
  network: string;
  at: Date;
}

/** @throws AppError overloaded, where a secret that moved in takes a slow check and there is no room for it */
export async function recogniseSecret(
  deps: RecogniseDeps,
  pasted: string,
  asking: Asking,
): Promise<Recognised> {
  const exact = pasted.slice(0, LONGEST);
  const right = await findRight(deps, exact, asking);
  if (right) return { verdict: { is: 'right', secret: right }, flaw: undefined };
  const { value, flaw } = clean(exact);
  return { verdict: await judge(deps, value, asking, flaw !== undefined), flaw: value ? flaw : undefined };
}

async function judge(
  deps: RecogniseDeps,
  value: string,
  asking: Asking,
  wasCleaned: boolean,
): Promise<Verdict> {
  const { application, accountId, at } = asking;
  const { knex } = deps.database;
  if (!value) return { is: 'empty' };
  const right = wasCleaned ? await findRight(deps, value, asking) : undefined;
  if (right) return { is: 'right', secret: right };
  const ended = await findEndedSecret(knex, application.id, value, at);
  if (ended) return { is: 'ended', secret: ended };
  const another = await findApplicationOfSecret(knex, value, { accountId, at });
  if (another) return { is: 'of-another', application: another };
  if (hashKindOf(value)) return { is: 'hash' };
  if (value === application.clientId) return { is: 'client-id' };
  if (isPersonalToken(value)) return { is: 'personal-token' };
  if (isApiToken(value)) return { is: 'api-token' };
  const isCut = value.startsWith(SECRET_FORMAT.prefix) && !SECRET_FORMAT.isWellFormed(value);
  return { is: isCut ? 'cut' : 'unknown' };
}

/** As a token request would have it. */
async function findRight(
  { database, passwords }: RecogniseDeps,
  value: string,
  { application, network, at }: Asking,
): Promise<ClientSecret | undefined> {
  const { secrets = [] } = (await selectClient(database, application.clientId)) ?? {};
  const live = secrets.filter(({ expiresAt }: StoredSecret) => !expiresAt || expiresAt > at);
  const found = await checkSecret(
    { database, inTurn: (work) => passwords.inTurn(network, work) },
    live,
    value,
  );
  if (!found) return undefined;
  const listed = await selectLiveSecrets(database.knex, application.id, at);
  return listed.find(({ id }) => id === found.id);
}
