import { type Text, text } from '../languages/texts.js';

/** How long to wait, as one says it: '40 seconds', '1 minute', '12 minutes'. Rounded up, so that it is long enough. */
export function describeWait(seconds: number): Text {
  if (seconds < 60) return text('accounts.wait.seconds', { count: seconds });
  return text('accounts.wait.minutes', { count: Math.ceil(seconds / 60) });
}
