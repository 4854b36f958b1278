/** Letters to add, remove, change or swap with their neighbour to make one word of the other. */
function distance(one: string, two: string): number {
  const rows: number[][] = [Array.from({ length: two.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= two.length; column++) {
      const isSame = one[row - 1] === two[column - 1];
      const swapped =
        one[row - 1] === two[column - 2] && one[row - 2] === two[column - 1]
          ? (rows[row - 2]?.[column - 2] ?? Number.POSITIVE_INFINITY) + 1
          : Number.POSITIVE_INFINITY;
      current[column] = Math.min(
        rows[row - 1]![column]! + 1,
        current[column - 1]! + 1,
        rows[row - 1]![column - 1]! + (isSame ? 0 : 1),
        swapped,
      );
    }
    rows.push(current);
  }
  return rows[one.length]![two.length]!;
}

const plain = (word: string) => word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
const LONGEST = 60;

/** The word of a list that was probably meant; undefined when none is near. */
export function nearest(sent: string, known: readonly string[]): string | undefined {
  if (sent.length > LONGEST) return undefined;
  const ranked = known
    .map((word) => ({ word, away: distance(plain(sent), plain(word)) }))
    .sort((a, b) => a.away - b.away);
  const [first] = ranked;
  const most = Math.max(1, Math.min(3, Math.floor((first?.word.length ?? 0) / 3)));
  return first && first.away <= most ? first.word : undefined;
}
