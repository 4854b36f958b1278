/**
 * Browsers in which an account has been signed in to, by a cookie that we have signed. A sign-in with one that is new to
 * the account is told to its owner by mail; and one that is known counts its wrong passwords by itself, so that strangers
 * who guess do not lock the owner out. With another password all of them are strangers again, but the one in which it was
 * changed: they may be those of whoever knew the one before. The cookie proves nothing else: the password is asked for
 * as everywhere.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import type { Config } from '../config/config.js';
import type { Database } from '../database/database.js';
import type { Mails } from '../mail/mails.js';
import { notify } from '../mail/notify.js';
import type { Account } from './account.js';
import { describeDevice } from './sessions/device.js';

/** What a browser knows an account by. */
type Known = Pick<Account, 'id' | 'passwordEpoch'>;

export interface KnownBrowsers {
  /** @returns what to count its failures by; undefined when nobody has signed in with the password of today here */
  find(ctx: Context, account: Known): string | undefined;
  /** From now on the account knows this browser: its owner has just made it, or read its mail, here. */
  remember(ctx: Context, account: Known): void;
  /** After each sign-in: remembers the browser, and tells the owner of one that is new. */
  greet(ctx: Context, account: Known): Promise<void>;
}

interface KnownBrowsersDeps {
  config: Pick<Config, 'issuer'>;
  database: Database;
  mails: Mails;
  /** 32 bytes; see deriveKey. */
  key: Buffer;
}

// As long as browsers keep a cookie at all.
const LIFETIME = 400 * 24 * 3600;
/** The accounts that signed in here last: a family's computer, and well below the 4 KB of a cookie. */
const MOST_ACCOUNTS = 12;
const NAME_BYTES = 16;
/** `<account>.<name of the browser>.<signature>`, for each account. */
const ENTRY = /^(\d{1,15})\.([\w-]{22})\.([\w-]{43})$/;

export function createKnownBrowsers({ config, database, mails, key }: KnownBrowsersDeps): KnownBrowsers {
  const isSecure = config.issuer.startsWith('https:');
  const cookieName = isSecure ? '__Host-latchkey_known' : 'latchkey_known';

  function sign({ id, passwordEpoch }: Known, name: string): Buffer {
    // The first password leaves it as it was before passwords were counted: nobody was to become a stranger by that.
    const epoch = passwordEpoch === 0 ? '' : `.${passwordEpoch}`;
    return createHmac('sha256', key).update(`${id}.${name}${epoch}`).digest();
  }

  const readEntries = (ctx: Context) =>
    (ctx.cookies.get(cookieName) ?? '').split('~').flatMap((entry) => {
      const [, accountId, name, signature] = ENTRY.exec(entry) ?? [];
      return accountId && name && signature ? [{ entry, accountId, name, signature }] : [];
    });

  const find = (ctx: Context, account: Known): string | undefined =>
    readEntries(ctx).find(
      (each) =>
        each.accountId === String(account.id) &&
        timingSafeEqual(Buffer.from(each.signature, 'base64url'), sign(account, each.name)),
    )?.name;

  function remember(ctx: Context, account: Known): void {
    const name = find(ctx, account) ?? randomBytes(NAME_BYTES).toString('base64url');
    const own = `${account.id}.${name}.${sign(account, name).toString('base64url')}`;
    const others = readEntries(ctx).filter((each) => each.accountId !== String(account.id));
    const value = [own, ...others.map(({ entry }) => entry)].slice(0, MOST_ACCOUNTS).join('~');
    // Set by hand: the cookies library refuses Secure behind a proxy that ends TLS.
    const attributes = ['Path=/', `Max-Age=${LIFETIME}`, 'HttpOnly', 'SameSite=Lax'];
    if (isSecure) attributes.push('Secure');
    ctx.append('Set-Cookie', `${cookieName}=${value}; ${attributes.join('; ')}`);
  }

  return {
    find,
    remember,
    async greet(ctx, account) {
      const isKnown = find(ctx, account) !== undefined;
      remember(ctx, account);
      if (isKnown) return;
      const { network, language } = ctx.state;
      const device = describeDevice(ctx.get('User-Agent') || null);
      const notice = { notice: 'newSignIn', values: { device }, network, language } as const;
      await notify(mails, database.knex, { accountId: account.id, ...notice });
    },
  };
}
