/** The objects that several operations take or answer. */
import { z } from 'zod';
import type { Account } from '../accounts/account.js';
import type { Way } from '../accounts/factors/find-factors.js';
import { listGroupsOf } from '../accounts/groups.js';
import { safeNext } from '../accounts/safe-next.js';
import type { Database } from '../database/database.js';
import { refusal } from '../http/form-input.js';

/** The rules of a field are the domain's, which says in words what is wrong; here it only has to be text. */
export const word = z.string({
  error: ({ input }) => refusal(input === undefined ? 'accountApi.missing' : 'forms.mustBeText').error,
});

export const personShape = z
  .strictObject({
    id: z.int(),
    username: z.string(),
    email: z.string(),
    first_name: z.string(),
    last_name: z.string(),
    groups: z.array(z.string()),
  })
  .meta({ id: 'Person', description: 'Who somebody is, as /profile says it.' });

export type Person = z.input<typeof personShape>;

type Named = Pick<Account, 'id' | 'username' | 'email' | 'firstName' | 'lastName'>;

export function personOf({ id, username, email, firstName, lastName }: Named, groups: string[]): Person {
  return { id, username, email, first_name: firstName, last_name: lastName, groups };
}

/** Of taking the second step, and of proving once more who one is. */
export const WAYS = ['passkey', 'app', 'recovery_code'] as const satisfies Way[];

export const wayField = z.enum(WAYS).meta({
  description: 'A passkey, a code of the authenticator app, or one of the recovery codes.',
});

export const nextField = word.optional().meta({
  description: 'Where the person was going, for instance the query parameter `next` of the front end.',
});

export const signedInShape = z
  .strictObject({
    person: personShape,
    next: z.string().meta({
      description:
        'The `next` that was sent if it is a path of this server, or else `/`: safe to send the browser to.',
    }),
  })
  .meta({ id: 'SignedIn' });

/** Who has just signed in, and where to go on. */
export async function signedInAs(
  { knex }: Database,
  account: Account,
  next: string | undefined,
): Promise<z.input<typeof signedInShape>> {
  return { person: personOf(account, await listGroupsOf(knex, account.id)), next: safeNext(next) };
}
