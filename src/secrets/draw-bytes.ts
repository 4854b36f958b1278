import { randomFillSync } from 'node:crypto';

// Drawn for many at a time: each draw costs as much as a hash does.
const drawn = Buffer.alloc(4096);
let taken = drawn.length;

/** Random bytes, at most 4096; whoever is given them has the only copy. */
export function drawBytes(count: number): Buffer {
  if (taken + count > drawn.length) {
    randomFillSync(drawn);
    taken = 0;
  }
  const place = drawn.subarray(taken, taken + count);
  taken += count;
  const bytes = Buffer.from(place);
  place.fill(0);
  return bytes;
}
