/** How a person signs in: one page with a section for each way. */
import type { Context } from 'koa';
import type { Link } from '../http/errors.js';
import { type Text, text } from '../languages/texts.js';
import type { AccountDeps } from './account-deps.js';
import { describeFactors, FACTORS_SAVED } from './factors/factor-pages.js';
import { listPasskeysOf } from './passkeys/store.js';
import { requireAccount } from './require-account.js';

/** Shown once after a change, told by the address: nothing to store, and harmless to open by hand. */
const SAVED_BY_NAME: Record<string, { sentence: Text; link?: Link }> = {
  password: {
    sentence: text('accounts.profile.passwordSaved'),
    link: { href: '/o/authorized_tokens', text: text('layout.authorized') },
  },
  passkey: { sentence: text('passkeys.saved.added') },
  passkeyName: { sentence: text('passkeys.saved.renamed') },
  passkeyRemoved: { sentence: text('passkeys.saved.removed') },
  ...FACTORS_SAVED,
};
const SAVED = new Map(Object.entries(SAVED_BY_NAME));

export async function showSecurity(deps: AccountDeps, ctx: Context): Promise<void> {
  const account = requireAccount(ctx);
  const passkeys = await listPasskeysOf(deps.database.knex, account.id);
  const saved = SAVED.get(String(ctx.query.saved));
  const factors = await describeFactors(deps, account.id);
  deps.pages.render(ctx, 'accounts/security', { saved, passkeys, ...factors });
}
