/**
 * Teams, which own applications in the place of a single person.
 *
 *   /applications/teams                                   one's own, invitations to them; POST makes one
 *   /applications/teams/<id>                              members, applications, invitations
 *   /applications/teams/<id>/rename, /leave               POST
 *   /applications/teams/<id>/delete                       GET asks, POST does
 *   /applications/teams/<id>/invitations                  POST invites; /<invitation id>/withdraw POST
 *   /applications/teams/<id>/members/<account id>/role    POST, /remove POST
 *   /applications/teams/invitations/<id>/accept, /decline POST, for who is invited by username
 *   /applications/teams/join                              ?token=, for who is invited by a mail; POST answers
 *   /applications/<id>/transfer                           GET asks, POST hands an application over
 *
 * The same under /o. A team is a 404 for whoever is not in it, superusers excepted, who are owners of each. Tables:
 * teams, team_members, team_invitations, team_applications.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../../accounts/account.js';
import { type ApplicationDeps, pathsOf, whenSignedIn } from '../application-pages.js';
import { answerInvitation, answerLink, inviteSomebody, showLink, withdraw } from './invitation-pages.js';
import {
  changeRole,
  confirmDeletion,
  deleteNamed,
  leave,
  make,
  remove,
  rename,
  showTeam,
  showTeams,
} from './team-pages.js';
import { showTransfer, transfer } from './transfer-pages.js';

type Handle = (deps: ApplicationDeps, ctx: Context, account: Account) => Promise<void>;

export function teamRoutes(deps: ApplicationDeps): Router {
  const router = new Router();
  const get = (path: string, handle: Handle) =>
    router.get(
      pathsOf(path),
      whenSignedIn((ctx, account) => handle(deps, ctx, account)),
    );
  const post = (path: string, handle: Handle) =>
    router.post(
      pathsOf(path),
      whenSignedIn((ctx, account) => handle(deps, ctx, account)),
    );

  get('/teams', showTeams);
  post('/teams', make);
  get('/teams/join', showLink);
  post('/teams/join', answerLink);
  post('/teams/invitations/:id/:answer', answerInvitation);
  get('/teams/:id', showTeam);
  post('/teams/:id/rename', rename);
  post('/teams/:id/leave', leave);
  get('/teams/:id/delete', confirmDeletion);
  post('/teams/:id/delete', deleteNamed);
  post('/teams/:id/invitations', inviteSomebody);
  post('/teams/:id/invitations/:invitationId/withdraw', withdraw);
  post('/teams/:id/members/:accountId/role', changeRole);
  post('/teams/:id/members/:accountId/remove', remove);
  get('/:id/transfer', showTransfer);
  post('/:id/transfer', transfer);
  return router;
}
