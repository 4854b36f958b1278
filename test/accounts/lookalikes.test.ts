/** A name that looks like somebody else's, or like nothing, is refused; real names in real scripts are not. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newBrowser } from '../support/browser.js';
import { PASSWORD } from '../support/people.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ SIGNUPS_PER_NETWORK: '100' });
});

afterAll(() => server.stop());

/** @returns the error beside the field; undefined when the account was made */
async function problemOf(field: string, value: string): Promise<string | undefined> {
  const browser = newBrowser(server.url);
  const fields = { username: `p${crypto.randomUUID()}`, email: 'p@example.com', password: PASSWORD };
  const page = await browser.submit(await browser.open('/signup'), { ...fields, [field]: value });
  const error = page.html.querySelector(`#${field}-error`)?.text;
  expect(page.status).toBe(error === undefined ? 200 : 422);
  return error;
}

describe('a username', () => {
  test.each([
    ['Cyrillic а in a Latin name', '\u0430lice'],
    ['Latin i in a Cyrillic name', 'в\u0069ктор'],
    ['Greek ο in a Latin name', 'b\u03bfb'],
    ['a Greek letter in a Cyrillic name', 'ант\u03bfн'],
    ['the micro sign, which is Greek once it is normalized', '\u00b5torrent'],
  ])('may not mix scripts whose letters look the same: %s', async (_, name) => {
    expect(await problemOf('username', name)).toBe(
      'A username may not mix Latin, Greek and Cyrillic letters, since some of them look the same.',
    );
  });

  test.each([
    ['a Hangul filler', 'alice\u3164'],
    ['a zero-width joiner', 'al\u200dice'],
    ['a soft hyphen', 'al\u00adice'],
  ])('may not hold what cannot be seen: %s', async (_, name) => {
    expect(await problemOf('username', name)).toContain('letters, digits and');
  });

  test.each(['виктор', 'αλέξης', 'zoë.müller', '山田taro', 'יעל', 'دانا', 'Ivan_2'])(
    'may be %s',
    async (name) => {
      expect(await problemOf('username', name)).toBeUndefined();
    },
  );
});

describe('a first or last name', () => {
  test.each([
    ['turns the direction of the line', 'Alice\u202eecila'],
    ['isolates a part of the line', 'Alice\u2066x\u2069'],
    ['breaks the line', 'Alice\u2028admin'],
  ])('is refused when it %s', async (_, name) => {
    for (const field of ['first_name', 'last_name'])
      expect(await problemOf(field, name)).toContain('turn the direction of the text');
  });

  // Persian needs the zero-width non-joiner, Sinhala the joiner.
  test.each(['علی\u200cرضا', 'ශ්\u200dරී', 'Иван', "O'Neill", 'Нина Smith'])('may be %s', async (name) => {
    expect(await problemOf('first_name', name)).toBeUndefined();
  });
});
