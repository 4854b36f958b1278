/** The device authorization grant (RFC 8628). */
import { cause, moment, type Seen, span } from '../cause.js';

const isError = (error: string) => (seen: Seen) => seen.refused.error === error;

export const deviceCodes = [
  cause({
    name: 'device_code.pending',
    title: 'The person has not decided yet',
    recognise: (seen) => isError('authorization_pending')(seen) && {},
    explain: () => ({
      cameIn: 'A device that asks while its person is still typing the code or deciding.',
      expected:
        'This answer, every `interval` seconds, until the person is done. It is how the flow works, and no mistake.',
      todo: ['Go on asking. One such request a minute is listed here.'],
    }),
  }),
  cause({
    name: 'device_code.slow_down',
    title: 'The device asks too often',
    recognise: (seen) =>
      isError('slow_down')(seen) && seen.sent.body.some(([name]) => name === 'device_code') && {},
    explain: () => ({
      cameIn: 'A request before the interval since the last one was over.',
      expected:
        'At least `interval` seconds between two requests, and five more after each `slow_down` (RFC 8628 3.5).',
      todo: [
        'Wait for `interval` of the device authorization answer, and add five seconds each time this error comes.',
      ],
    }),
  }),
  cause({
    name: 'device_code.expired',
    title: 'The device code has expired',
    recognise: async (seen) => {
      const found = await seen.look.deviceCode();
      const isOver =
        isError('expired_token')(seen) ||
        (isError('invalid_grant')(seen) && !!found && found.expiresAt <= seen.sent.at);
      return !!found && isOver && { expiredAt: found.expiresAt.toISOString() };
    },
    explain: ({ facts, at }) => ({
      cameIn: `A device code that was valid until ${moment(facts.expiredAt)}, ${span(facts.expiredAt, at)} before.`,
      expected: 'The person decides before `expires_in` seconds are over.',
      todo: ['Stop asking, and begin anew with a new code when the person wants to.'],
    }),
  }),
  cause({
    name: 'device_code.denied',
    title: 'The person did not allow the device',
    recognise: (seen) => isError('access_denied')(seen) && seen.sent.endpoint === 'token' && {},
    explain: () => ({
      cameIn: 'A device code that the person has refused.',
      expected: 'Nothing else: it is their decision.',
      todo: ['Stop asking with this code, and say on the device that it was not allowed.'],
    }),
  }),
  cause({
    name: 'device_code.used',
    title: 'The device code was used before',
    recognise: async (seen) => {
      const found = isError('invalid_grant')(seen) ? await seen.look.deviceCode() : undefined;
      return (
        !!found?.consumedAt &&
        found.clientId === seen.application.clientId && { usedAt: found.consumedAt.toISOString() }
      );
    },
    explain: ({ facts, at }) => ({
      cameIn: `A device code that was used at ${moment(facts.usedAt)}, and again at ${moment(at)}.`,
      expected: 'A device code gives tokens once.',
      todo: ['Stop asking once there are tokens. If the answer was lost, begin anew.'],
    }),
  }),
  cause({
    name: 'device_code.of_another',
    title: 'The device code was issued to another application',
    recognise: async (seen) => {
      const found = isError('invalid_grant')(seen) ? await seen.look.deviceCode() : undefined;
      return !!found && found.clientId !== seen.application.clientId && {};
    },
    explain: () => ({
      cameIn: 'A device code of another client id.',
      expected: 'The client id with which the device has asked for its code.',
      todo: ['Use one client id for both requests.'],
    }),
  }),
  cause({
    name: 'device_code.unknown',
    title: 'There is no such device code',
    recognise: async (seen) => {
      const isSent = seen.sent.body.some(([name]) => name === 'device_code');
      return isSent && isError('invalid_grant')(seen) && !(await seen.look.deviceCode()) && {};
    },
    explain: () => ({
      cameIn: 'A device code that is not known here, or long over.',
      expected: 'The `device_code`, not the `user_code`, of the device authorization answer.',
      todo: ['Take `device_code` from the answer: `user_code` is what the person types.'],
    }),
  }),
];
