/** Password hashes of other servers: which are checked, and that no row of an import can make a check cost what it likes. */
import { describe, expect, test } from '@jest/globals';
import { findForeignCheck } from '../../src/accounts/foreign-hashes.js';
import { createPasswords } from '../../src/accounts/passwords.js';

// Made by Django 5.2 (make_password) of this password, with a character of three bytes.
const PASSWORD = 'correct horse €';
const HASHES = {
  pbkdf2_sha256: 'pbkdf2_sha256$1000000$eDAjjD76RnUWo7oKrl4ook$SYD1nrjYJOUaGJJvc7EJTKTBdL/IN5p+2DojH1sKC34=',
  pbkdf2_sha1: 'pbkdf2_sha1$1000000$t72RhPRNBX4gblQ6rwgTTL$YKzs0Q8qL9poi4BvXqfrwnr7lwg=',
  argon2:
    'argon2$argon2id$v=19$m=102400,t=2,p=8$YXVzcVh2QjloaktqWk9Na0lrdTUyUw$oRbQg7/IeKJXTgKWCqcY6wOVdhqvHa54okTNKatMIv4',
  bcrypt_sha256: 'bcrypt_sha256$$2b$12$lxJChGu9b3eJXeUBtYOZpeMXN6KBOZ8PJ8bQnz6uWXX/YrLEJxFuq',
  bcrypt: 'bcrypt$$2b$12$7Wt9bRUcqcZJNqD6.qZnYucIfWdhQSsPKxrb7lvKnz8jZEL2tpV/q',
  scrypt:
    'scrypt$16384$1iUxexWyzxE9SVbweUmng8$8$5$5uPTpe6GT+Q/CcXvS/F9oq10w9R8jkK8C5zKNYMcQRjySz6zJIgOocRy0awJZ/M2IcWkAJVwD6ZZaCDL+wTaSg==',
  'pbkdf2-sha512 with a salt of bytes':
    '$pbkdf2-sha512$i=1000$yMnKy8zNzs/Q0dLT1NXW1w==$+h4qrq4hSDxxJz7Wx9ZxDl0Bs2KblsqpFXwnaIpcHVy4YAiDBwbsJqGA0Qlmq0+Q7LdDhdK0fJzAyQIQ5+0ysQ==',
};

describe.each(Object.entries(HASHES))('a hash by %s', (_, hash) => {
  test('is right for its password alone', async () => {
    const check = findForeignCheck(hash);
    expect(await check?.(PASSWORD)).toBe(true);
    expect(await check?.('correct horse e')).toBe(false);
    expect(await check?.('')).toBe(false);
  });
});

test.each([
  ['pbkdf2 of a billion iterations', 'pbkdf2_sha256$1000000000$salt$QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo='],
  ['pbkdf2 of no iterations', 'pbkdf2_sha256$0$salt$QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo='],
  ['pbkdf2 of iterations that are no number', 'pbkdf2_sha256$many$salt$QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo='],
  ['pbkdf2 whose hash is cut short', 'pbkdf2_sha256$1000$salt$QUJD'],
  ['pbkdf2 whose hash is empty', 'pbkdf2_sha256$1000$salt$'],
  ['bcrypt of a cost of 31', `bcrypt_sha256$$2b$31$${'a'.repeat(53)}`],
  ['argon2 of four gigabytes', 'argon2$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA'],
  [
    'argon2 of a thousand passes',
    'argon2$argon2id$v=19$m=1024,t=1000,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
  ],
  ['scrypt of a gigabyte', 'scrypt$1048576$salt$8$1$QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo='],
  ['scrypt of a thousand lanes', 'scrypt$16384$salt$8$1000$QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo='],
  ['scrypt of a cost that is no power of two', 'scrypt$16000$salt$8$1$QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo='],
  ['md5', 'md5$salt$5d41402abc4b2a76b9719d911017c592'],
  ['nothing', ''],
  ['a password that was not hashed', 'correct horse €'],
])('%s is no hash that anybody can sign in with', (_, hash) => {
  expect(findForeignCheck(hash)).toBeUndefined();
});

// Who has moved in and not signed in since must not be told from nobody by the time a wrong password takes (LG-12).
test('once one was checked, a wrong password takes as long for an account that does not exist', async () => {
  const passwords = createPasswords({ minLength: 8, hashConcurrency: 1 });
  const check = async (hash: string | undefined) => {
    const begun = performance.now();
    await passwords.inTurn('192.0.2.1', (verify) => verify(hash, 'wrong'));
    return performance.now() - begun;
  };
  const imported = await check(HASHES.pbkdf2_sha256);
  // Half, since the machine may have been busier with the first.
  expect(await check(undefined)).toBeGreaterThan(imported / 2);
  expect(imported).toBeGreaterThan(100);
});
