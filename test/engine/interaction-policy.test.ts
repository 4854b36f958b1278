/** The place in the engine that src/engine/interaction-policy.ts changes: an upgrade that moves it breaks a test here. */
import '../../src/engine/known-warnings.js';
import { expect, test } from '@jest/globals';
import { interactionPolicy } from 'oidc-provider';
import { createInteractionPolicy } from '../../src/engine/interaction-policy.js';

const reasonsOf = (policy: interactionPolicy.DefaultPolicy) =>
  policy.get('login')?.checks.map(({ reason }) => reason) ?? [];

test('the engine asks for an essential acr by two checks of its own, in whose place ours stand', () => {
  const plain = reasonsOf(interactionPolicy.base());
  expect(plain).toEqual(expect.arrayContaining(['essential_acr', 'essential_acrs']));
  const kept = plain.filter((reason) => !reason.startsWith('essential_'));
  expect(reasonsOf(createInteractionPolicy({ emailVerification: 'off' }))).toEqual([
    ...kept,
    'factor_required',
    'passkey_required',
  ]);
});

test('nothing is asked of the other prompts', () => {
  const names = (policy: interactionPolicy.DefaultPolicy) => policy.map(({ name }) => name);
  expect(names(createInteractionPolicy({ emailVerification: 'off' }))).toEqual(
    names(interactionPolicy.base()),
  );
});
