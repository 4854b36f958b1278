/** DATABSE_URL would quietly start a server on a database of its own: a name that is nearly ours is taken for ours. */

/** SIGN_UP, signup and SIGNUP are one name to a person. */
const plain = (name: string) => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');

/** One letter too many, too few or another one, or two that have changed places. */
function isOneSlipAway(typed: string, meant: string): boolean {
  let start = 0;
  while (start < meant.length && typed[start] === meant[start]) start++;
  let [typedEnd, meantEnd] = [typed.length, meant.length];
  while (Math.min(typedEnd, meantEnd) > start && typed[typedEnd - 1] === meant[meantEnd - 1]) {
    typedEnd--;
    meantEnd--;
  }
  const [was, is] = [typed.slice(start, typedEnd), meant.slice(start, meantEnd)];
  if (was.length <= 1 && is.length <= 1) return true;
  return was.length === 2 && is.length === 2 && was[0] === is[1] && was[1] === is[0];
}

/**
 * @param set the names in the environment, most of which are not meant for us
 * @param ours the names we read; one that is set is not what somebody meant by another
 * @returns sentences
 */
export function findMisspelled(set: string[], ours: string[]): string[] {
  const missing = ours.filter((name) => !set.includes(name));
  return set
    .filter((name) => !ours.includes(name))
    .flatMap((name) => {
      const meant = missing.find((candidate) => isOneSlipAway(plain(name), plain(candidate)));
      return meant ? [`${name} must be written ${meant}, or be removed.`] : [];
    });
}
