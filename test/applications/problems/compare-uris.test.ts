import { describe, expect, test } from '@jest/globals';
import { compareUris, compareWithAll } from '../../../src/applications/problems/compare-uris.js';
import { nearest } from '../../../src/applications/problems/nearest.js';

const REGISTERED = 'https://app.example.com/callback';

describe('two URIs side by side', () => {
  test.each([
    ['http://app.example.com/callback', ['scheme']],
    ['https://app.example.com:8443/callback', ['port']],
    ['https://app.example.com/callback/', ['trailing slash']],
    ['https://app.example.com/Callback', ['capitals of the path']],
    ['https://APP.example.com/callback', ['capitals of the host']],
    ['https://www.app.example.com/callback', ['host']],
    ['https://app.example.com/login/callback', ['path']],
    ['https://app.example.com/c%61llback', ['percent-encoding']],
    ['https://app.example.com/callback?next=1', ['query']],
    ['https://app.example.com/callback#top', ['fragment']],
    ['https://me@app.example.com/callback', ['user name']],
    [' https://app.example.com/callback', ['white space']],
    ['https://app.example.com/callback ', ['white space']],
    ['http://localhost:3000/cb', ['scheme', 'host', 'port', 'path']],
    [REGISTERED, []],
  ])('%j differs in %j', (sent, differences) => {
    const comparison = compareUris(sent, REGISTERED);
    expect(comparison.differences).toEqual(differences);
    const textOf = (pieces: { text: string }[]) => pieces.map(({ text }) => text).join('');
    expect([textOf(comparison.sentMarked), textOf(comparison.registeredMarked)]).toEqual([sent, REGISTERED]);
    expect(comparison.sentMarked.every(({ isDifferent }) => !isDifferent)).toBe(
      sent === REGISTERED || (sent.startsWith('http:') && differences.length === 1),
    );
  });

  test('what differs is marked in both, and nothing else', () => {
    const marked = (pieces: { text: string; isDifferent: boolean }[]) =>
      pieces.map(({ text, isDifferent }) => (isDifferent ? `[${text}]` : text)).join('');
    const { sentMarked, registeredMarked } = compareUris('http://app.example.org/callback/', REGISTERED);
    expect(marked(sentMarked)).toBe('http://app.example.[org]/callback[/]');
    expect(marked(registeredMarked)).toBe('http[s]://app.example.[com]/callback');
  });

  test('the nearest of several comes first: the same host before the same path', () => {
    const all = [
      'https://other.example.com/cb',
      'https://app.example.com/else',
      'https://app.example.com/cb/',
    ];
    expect(compareWithAll('https://app.example.com/cb', all).map(({ registered }) => registered)).toEqual([
      'https://app.example.com/cb/',
      'https://app.example.com/else',
      'https://other.example.com/cb',
    ]);
  });
});

test.each([
  ['raed', 'read'],
  ['Read', 'read'],
  ['authorization-code', 'authorization_code'],
  ['authorisation_code', 'authorization_code'],
  ['refreshtoken', 'refresh_token'],
  ['xyzzy', undefined],
  ['', undefined],
  ['x'.repeat(1000), undefined],
])('%j is nearest to %j', (sent, meant) => {
  expect(nearest(sent, ['read', 'write', 'authorization_code', 'refresh_token'])).toBe(meant);
});
