/**
 * What belongs to another application of the same team. Those of a team have no owner to compare, and their developers
 * were told of "another application" where a single owner reads its name.
 */
import { basic, byPassword, exchange, post, refresh } from '../../../support/oauth.js';
import { getCode } from '../../../support/people.js';
import { type Case, newAppsOfTeam } from '../world.js';

export const teamCases: Case[] = [
  {
    cause: 'code.of_another',
    async provoke(world) {
      const [app, other] = await newAppsOfTeam(world);
      return { app, answer: await exchange(world.server, app, await getCode(world.alice, other)) };
    },
    reads: ['with a code that was issued to Another of the team'],
  },
  {
    cause: 'code.of_another',
    async provoke(world) {
      const [app] = await newAppsOfTeam(world);
      const [ofAnotherTeam] = await newAppsOfTeam(world);
      return { app, answer: await exchange(world.server, app, await getCode(world.alice, ofAnotherTeam)) };
    },
    reads: ['with a code that was issued to another application'],
  },
  {
    cause: 'refresh_token.of_another',
    async provoke(world) {
      const [app, other] = await newAppsOfTeam(world);
      const tokens = await byPassword(world.server, other, 'alice');
      return { app, answer: await refresh(world.server, app, tokens.refresh_token) };
    },
    reads: ['with a refresh token of Another of the team'],
  },
  {
    cause: 'secret.of_another',
    async provoke(world) {
      const [app, { secret }] = await newAppsOfTeam(world);
      const body = { grant_type: 'client_credentials' };
      return { app, answer: await post(world.server, '/o/token', body, basic({ ...app, secret })) };
    },
    reads: ['which is one of Another of the team'],
  },
];
