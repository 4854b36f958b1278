/** How far a long command is, for people at a terminal and for logs. */
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { showProgress } from '../../src/cli/show-progress.js';

function show(isTTY: boolean, total: number): string {
  const stream = Object.assign(new PassThrough(), { isTTY });
  const progress = showProgress(stream);
  progress.begin('users', total);
  progress.add(1_500);
  progress.end();
  return String(stream.read());
}

test('on a terminal a bar is drawn over itself, with the share and the rate', () => {
  const drawn = show(true, 3_000).split('\r');
  expect(drawn.length).toBeGreaterThan(2);
  expect(drawn[1]).toMatch(/^users +\[\.{30}\] {3}0 %/);
  expect(drawn.at(-1)).toMatch(/^users +\[#{15}\.{15}\] {2}50 % {2}[\d,]+\/s \n$/);
});

test('on a terminal it tells the number where nobody knows how many there will be', () => {
  expect(show(true, 0).split('\r').at(-1)).toMatch(/^users +1,500 {2}[\d,]+\/s \n$/);
});

test('elsewhere it is one line, at the end', () => {
  expect(show(false, 3_000)).toMatch(/^users: 1,500 in \d+\.\d s \([\d,]+ a second\)\n$/);
});
