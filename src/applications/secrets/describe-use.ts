/** Whether a secret is still in use, in words, for whoever is about to retire it. */
import type { ClientSecret } from '../application.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface SecretUsage {
  /** Used within a day: whoever retires it should know better than we do. */
  isInUse: boolean;
  sentence: string;
}

/** '3 minutes', '1 day'; never less than a minute, which is as exact as uses are noted. */
export function inWords(milliseconds: number): string {
  const units: [number, string][] = [
    [DAY, 'day'],
    [HOUR, 'hour'],
    [MINUTE, 'minute'],
  ];
  const [unit, name] = units.find(([length]) => milliseconds >= length) ?? [MINUTE, 'minute'];
  const count = Math.max(1, Math.floor(milliseconds / unit));
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

export function describeUse(
  { lastUsedAt, lastNetwork }: Pick<ClientSecret, 'lastUsedAt' | 'lastNetwork'>,
  at: Date,
): SecretUsage {
  if (!lastUsedAt) return { isInUse: false, sentence: 'No use seen so far' };
  const ago = Math.max(0, at.getTime() - lastUsedAt.getTime());
  if (ago < DAY)
    return { isInUse: true, sentence: `Last used ${inWords(ago)} ago from ${lastNetwork ?? 'unknown'}` };
  return { isInUse: false, sentence: `Not used for ${inWords(ago)}, the last time from ${lastNetwork}` };
}
