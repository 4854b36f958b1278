/** What a value in the place of a client secret looks like, without looking anything up. */

/** How hashes begin as Django, PHP, Unix, other servers and this one write them. Short: what matches is kept and shown. */
const HASH_PREFIX =
  /^(?:(?:pbkdf2_\w{1,12}|bcrypt(?:_sha256)?|argon2(?:id?|d)?|scrypt|sha(?:1|256|512)|md5|unsalted_md5)\$|\$(?:1|2[abxy]?|5|6|y|scrypt|argon2(?:id?|d)?|pbkdf2(?:-sha\d{1,3})?)\$)/;
const BARE_SHA256 = /^[0-9a-f]{64}$/;

/**
 * The prefix that names the hash, such as `pbkdf2_sha256$`, or `SHA-256` of 64 hexadecimal digits; never the hash itself.
 * A secret that somebody has chosen may be such digits as well: look first whether it is one.
 */
export function hashKindOf(value: string): string | undefined {
  return HASH_PREFIX.exec(value)?.[0] ?? (BARE_SHA256.test(value) ? 'SHA-256' : undefined);
}

/** Without a pair of quotation marks around it, and without white space around or inside these. */
export function withoutQuotes(value: string): string {
  return value
    .trim()
    .replace(/^(["'`])(.*)\1$/s, '$2')
    .trim();
}
