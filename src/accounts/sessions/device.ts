import Bowser from 'bowser';
import { type Sentence, text } from '../../languages/texts.js';

/** What a User-Agent header says in words: 'Firefox on Windows'. It is what the browser claims, and no proof. */
export function describeDevice(userAgent: string | null): Sentence {
  if (!userAgent) return text('accounts.sessions.unknownDevice');
  const { browser, os } = Bowser.parse(userAgent);
  if (browser.name && os.name)
    return text('accounts.sessions.device', { browser: browser.name, os: os.name });
  const name = browser.name || os.name;
  return name || text('accounts.sessions.unknownDevice');
}
