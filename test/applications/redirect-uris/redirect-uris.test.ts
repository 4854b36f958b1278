import { describe, expect, test } from '@jest/globals';
import {
  findRedirectUriProblem,
  redirectUriMatches,
} from '../../../src/applications/redirect-uris/redirect-uris.js';

describe('a redirect URI may be registered', () => {
  test.each([
    ['https on any host', 'https://c1.test/cb'],
    ['https with a port, a path and a query', 'https://app.example.com:8443/a/b?tenant=1'],
    ['https on a bare origin', 'https://app.example.com'],
    ['https on an address', 'https://203.0.113.7/cb'],
    ['http on localhost', 'http://localhost:3000/cb'],
    ['http on a name below localhost', 'http://app.localhost:3000/cb'],
    ['http on a loopback address', 'http://127.0.0.1/cb'],
    ['http on the IPv6 loopback address', 'http://[::1]:8080/cb'],
    ['http on a single-label host', 'http://intranet/cb'],
    ['http on a .test host', 'http://c1.test/cb'],
    ['http on a .internal host', 'http://wiki.corp.internal/cb'],
    ['http on a private address', 'http://192.168.1.20:8000/cb'],
    ['http on a private IPv6 address', 'http://[fd12:3456::1]/cb'],
    ['http on a link-local address', 'http://169.254.10.1/cb'],
  ])('%s', (_, uri) => {
    for (const clientType of ['confidential', 'public'] as const) {
      expect(findRedirectUriProblem(uri, { clientType, allowedSchemes: ['http', 'https'] })).toBeUndefined();
    }
  });
});

describe('a redirect URI is refused with its reason', () => {
  test.each([
    ['a fragment', 'https://c1.test/cb#f', 'fragment'],
    ['an empty fragment', 'https://c1.test/cb#', 'fragment'],
    ['a wildcard host', 'https://*.c1.test/cb', 'wildcard'],
    ['a wildcard path', 'https://c1.test/*', 'wildcard'],
    ['a user name and password', 'https://user:secret@c1.test/cb', 'user name'],
    ['an empty user name', 'https://@c1.test/cb', 'user name'],
    ['a path alone', '/cb', 'absolute'],
    ['a host without a scheme', '//c1.test/cb', 'absolute'],
    ['no text at all', '', 'absolute'],
    ['a line break', 'https://c1.test/cb\r\nSet-Cookie: a=b', 'character'],
    ['a tab', 'https://c1.test/\tcb', 'character'],
    ['a NUL', 'https://c1.test/cb\0', 'character'],
    ['a space', 'https://c1.test/c b', 'character'],
    ['a backslash, which some parsers read as a slash', 'https://c1.test\\@evil.test/cb', 'character'],
    ['a host that is not ASCII', 'https://bücher.example/cb', 'character'],
    ['more than 2000 characters', `https://c1.test/${'a'.repeat(2000)}`, 'longer than 2000'],
    ['http on a public host', 'http://example.com/cb', 'https'],
    ['http on a public host in capitals', 'HTTP://EXAMPLE.COM/cb', 'https'],
    ['http on a public address', 'http://203.0.113.7/cb', 'https'],
    ['http on a public host that only begins like a local one', 'http://localhost.example.com/cb', 'https'],
    ['http on a public host that begins like a loopback address', 'http://127.0.0.1.example.com/cb', 'https'],
    ['https without slashes', 'https:c1.test/cb', 'host'],
    ['https without a host', 'https:///cb', 'host'],
    ['a port that is none', 'https://c1.test:99999/cb', 'not a valid URL'],
    ['javascript:', 'javascript:alert(1)', 'scheme javascript'],
    ['javascript: in mixed case', 'JavaScript://c1.test/%0aalert(1)', 'scheme javascript'],
    ['data:', 'data:text/html,hello', 'scheme data'],
    ['vbscript:', 'vbscript:msgbox(1)', 'scheme vbscript'],
    ['file:', 'file:///etc/passwd', 'scheme file'],
    ['blob:', 'blob:https://c1.test/1', 'scheme blob'],
    ['about:', 'about:blank', 'scheme about'],
    ['a scheme that is not named after a domain', 'myapp://cb', 'com.example.app:'],
    ['ftp:', 'ftp://c1.test/cb', 'com.example.app:'],
  ])('%s', (_, uri, reason) => {
    const problem = findRedirectUriProblem(uri, { clientType: 'public', allowedSchemes: ['http', 'https'] });
    expect(problem).toContain(reason);
  });

  test('http everywhere when the server allows https alone', () => {
    const options = { clientType: 'public' as const, allowedSchemes: ['https'] };
    expect(findRedirectUriProblem('http://localhost/cb', options)).toContain('http:');
    expect(findRedirectUriProblem('https://c1.test/cb', options)).toBeUndefined();
  });
});

describe('a scheme of its own', () => {
  const allowedSchemes = ['http', 'https'];

  test('is for public clients, in reverse-domain style', () => {
    for (const uri of ['com.example.app:/cb', 'com.example.app://callback']) {
      expect(findRedirectUriProblem(uri, { clientType: 'public', allowedSchemes })).toBeUndefined();
      expect(findRedirectUriProblem(uri, { clientType: 'confidential', allowedSchemes })).toContain(
        'public clients',
      );
    }
  });

  test('is for everybody when the server lists it', () => {
    const options = { clientType: 'confidential' as const, allowedSchemes: [...allowedSchemes, 'myapp'] };
    expect(findRedirectUriProblem('myapp://cb', options)).toBeUndefined();
  });
});

describe('a requested redirect URI matches only the very same registered one', () => {
  test.each([
    'https://c1.test/cb/',
    'https://c1.test/CB',
    'https://c1.test/cb/../x',
    'https://c1.test/cb?x=1',
    'https://c1.test/cb?',
    'https://c1.test/cb#f',
    'https://c1.test/cb#',
    'https://c1.test/cb;a',
    'https://c1.test/c%62',
    'https://c1.test/cb%2f',
    'https://c1.test//cb',
    '//c1.test/cb',
    'http://c1.test/cb',
    'HTTPS://c1.test/cb',
    'https://C1.test/cb',
    'https://c1.test:443/cb',
    'https://c1.test:444/cb',
    'https://c1.test./cb',
    'https://c1.test.evil.test/cb',
    'https://c1.test@evil.test/cb',
    'https://c1.test\\@evil.test/cb',
    'https://evil.test/https://c1.test/cb',
    'https://xc1.test/cb',
    'https://c1xtest/cb',
    'https://*.test/cb',
    ' https://c1.test/cb',
    'https://c1.test/cb\n',
    '',
  ])('not %j', (requested) => {
    expect(redirectUriMatches('https://c1.test/cb', requested, 'exact')).toBe(false);
    if (requested !== 'https://c1.test/cb?x=1' && requested !== 'https://c1.test/cb?') {
      expect(redirectUriMatches('https://c1.test/cb', requested, 'extra-query')).toBe(false);
    }
  });

  test('byte for byte', () => {
    expect(redirectUriMatches('https://c1.test/cb?a=1&b=%20', 'https://c1.test/cb?a=1&b=%20', 'exact')).toBe(
      true,
    );
    expect(redirectUriMatches('https://c1.test/cb?a=1&b=2', 'https://c1.test/cb?b=2&a=1', 'exact')).toBe(
      false,
    );
    expect(redirectUriMatches('https://c1.test/cb?a=1', 'https://c1.test/cb', 'exact')).toBe(false);
  });
});

describe('a loopback address registered without a port', () => {
  test.each([
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51234/cb'],
    ['http://127.0.0.1/cb', 'http://127.0.0.1/cb'],
    ['http://127.0.0.1/cb?a=1', 'http://127.0.0.1:1/cb?a=1'],
    ['http://127.0.0.1', 'http://127.0.0.1:8080'],
    ['http://[::1]/cb', 'http://[::1]:65535/cb'],
  ])('%s matches %s', (registered, requested) => {
    expect(redirectUriMatches(registered, requested, 'exact')).toBe(true);
  });

  test.each([
    ['another path', 'http://127.0.0.1/cb', 'http://127.0.0.1:51234/x'],
    ['localhost', 'http://127.0.0.1/cb', 'http://localhost:51234/cb'],
    ['the address of the other family', 'http://127.0.0.1/cb', 'http://[::1]:51234/cb'],
    ['another loopback address', 'http://127.0.0.1/cb', 'http://127.0.0.2:51234/cb'],
    ['https', 'http://127.0.0.1/cb', 'https://127.0.0.1:51234/cb'],
    ['an added query', 'http://127.0.0.1/cb', 'http://127.0.0.1:51234/cb?x=1'],
    ['a fragment', 'http://127.0.0.1/cb', 'http://127.0.0.1:51234/cb#x'],
    ['a port that is none', 'http://127.0.0.1/cb', 'http://127.0.0.1:65536/cb'],
    ['no digits for a port', 'http://127.0.0.1/cb', 'http://127.0.0.1:/cb'],
    ['a password in the place of the port', 'http://127.0.0.1/cb', 'http://127.0.0.1:1@evil.test/cb'],
    ['a longer host', 'http://127.0.0.1', 'http://127.0.0.1:1.evil.test'],
    ['a path in the place of none', 'http://127.0.0.1', 'http://127.0.0.1:8080/'],
  ])('does not match %s', (_, registered, requested) => {
    expect(redirectUriMatches(registered, requested, 'exact')).toBe(false);
  });

  test.each([
    ['a loopback address registered with a port', 'http://127.0.0.1:8080/cb', 'http://127.0.0.1:8081/cb'],
    ['localhost', 'http://localhost/cb', 'http://localhost:51234/cb'],
    ['https on a loopback address', 'https://127.0.0.1/cb', 'https://127.0.0.1:51234/cb'],
    ['a web host', 'https://c1.test/cb', 'https://c1.test:51234/cb'],
  ])('is the only one: %s keeps its port', (_, registered, requested) => {
    expect(redirectUriMatches(registered, requested, 'exact')).toBe(false);
  });
});

describe('an application whose requests may add query parameters', () => {
  const registered = 'https://c1.test/cb?tenant=1';

  test.each([
    'https://c1.test/cb?tenant=1',
    'https://c1.test/cb?tenant=1&redirect_state=abc',
    'https://c1.test/cb?redirect_state=abc&tenant=1',
  ])('matches %s', (requested) => {
    expect(redirectUriMatches(registered, requested, 'extra-query')).toBe(true);
  });

  test('matches a query where none is registered, on any port of a loopback address too', () => {
    expect(
      redirectUriMatches('https://c1.test/cb', 'https://c1.test/cb?redirect_state=a', 'extra-query'),
    ).toBe(true);
    expect(
      redirectUriMatches('http://127.0.0.1/cb', 'http://127.0.0.1:9/cb?redirect_state=a', 'extra-query'),
    ).toBe(true);
  });

  test.each([
    ['a registered parameter left out', 'https://c1.test/cb?redirect_state=abc'],
    ['another value', 'https://c1.test/cb?tenant=2'],
    ['a second value', 'https://c1.test/cb?tenant=1&tenant=2'],
    ['another path', 'https://c1.test/cb/?tenant=1'],
    ['another port', 'https://c1.test:8443/cb?tenant=1'],
    ['another host', 'https://evil.test/cb?tenant=1'],
    ['a fragment', 'https://c1.test/cb?tenant=1#x'],
    ['a line break', 'https://c1.test/cb?tenant=1&x=\r\n'],
    ['a code of its own', 'https://c1.test/cb?tenant=1&code=stolen'],
    ['a state of its own', 'https://c1.test/cb?tenant=1&state=x'],
    ['an encoded code of its own', 'https://c1.test/cb?tenant=1&c%6Fde=stolen'],
  ])('does not match %s', (_, requested) => {
    expect(redirectUriMatches(registered, requested, 'extra-query')).toBe(false);
  });
});
