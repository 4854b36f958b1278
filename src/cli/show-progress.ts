/** How far a long command is, on stderr: a bar on a terminal, elsewhere a line for each part when it is done. */
import type { Progress } from '../moving-in/progress.js';
import { inNumbers } from '../stats/in-words.js';

type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;

const WIDTH = 30;
// Milliseconds.
const REDRAW = 100;

export function showProgress(stream: Stream = process.stderr): Progress {
  let what = '';
  let total = 0;
  let done = 0;
  let begun = 0;
  let drawn = 0;

  const perSecond = () => Math.round(done / Math.max((performance.now() - begun) / 1000, 0.001));
  const share = () => {
    if (!total) return inNumbers(done);
    const part = Math.min(done / total, 1);
    const bar = '#'.repeat(Math.round(part * WIDTH)).padEnd(WIDTH, '.');
    return `[${bar}] ${`${Math.floor(part * 100)}`.padStart(3)} %`;
  };
  const draw = () => {
    stream.write(`\r${what.padEnd(15)} ${share()}  ${inNumbers(perSecond())}/s `);
    drawn = performance.now();
  };

  return {
    begin(next, expected) {
      [what, total, done, begun, drawn] = [next, expected, 0, performance.now(), 0];
      if (stream.isTTY) draw();
    },
    add(count) {
      done += count;
      if (stream.isTTY && performance.now() - drawn > REDRAW) draw();
    },
    end() {
      const seconds = (performance.now() - begun) / 1000;
      if (stream.isTTY) draw();
      stream.write(
        stream.isTTY
          ? '\n'
          : `${what}: ${inNumbers(done)} in ${seconds.toFixed(1)} s (${inNumbers(perSecond())} a second)\n`,
      );
    },
  };
}
