/**
 * Administration, for superusers; to everybody else these pages do not exist.
 *
 *   /admin                           what there is
 *   /admin/users                     search (?q=, ?before=); /admin/users/new makes an account
 *   /admin/users/<id>                one person; /groups and /groups/remove (POST)
 *   /admin/users/<id>/<action>       GET explains and asks for a reason, POST does (user-actions.ts, impersonation)
 *   /admin/invitations               invite and list; /<id>/revoke (POST)
 *   /admin/groups                    list and make; /<id> members, /rename, /factor, /members, /members/<id>/remove, /delete
 *   /impersonation/end               POST; for whoever acts as somebody else, who finds no other page of these
 *   /admin/audit                     the audit trail, filtered; /admin/audit/export as JSON lines or CSV
 *
 * Tables: none of its own; each change is made and recorded by the feature it belongs to (accounts, audit). CSRF tokens
 * and the signed-in account come from the middlewares before.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Account } from '../accounts/account.js';
import type { AdministrationDeps } from './administration-deps.js';
import { exportAudit, showAudit } from './audit-pages.js';
import {
  addMember,
  confirmGroupDeletion,
  deleteNamed,
  makeGroup,
  removeMember,
  renameNamed,
  requireFactorOfNamed,
  showGroup,
  showGroups,
} from './group-pages.js';
import { confirmImpersonation, endImpersonating, impersonate } from './impersonation/pages.js';
import { inviteSomebody, revoke, showInvitations } from './invitation-pages.js';
import { showOverview } from './overview-page.js';
import { requireSuperuser } from './require-superuser.js';
import { confirmUserAction, runUserAction } from './user-actions.js';
import { addGroup, makeUser, newUserPage, removeGroup, showUser, showUsers } from './user-pages.js';

type Handle = (ctx: Context, admin: Account) => Promise<void>;

export function administrationRoutes(deps: AdministrationDeps): Router {
  const router = new Router();
  // Before any page of these, whatever the method: not even what there is may be learned by asking.
  router.all(/^\/admin(\/|$)/, async (ctx, next) => {
    await requireSuperuser(deps.database, ctx);
    await next();
  });
  const get = (path: string, handle: Handle) =>
    router.get(`/admin${path}`, async (ctx) => handle(ctx, await requireSuperuser(deps.database, ctx)));
  const post = (path: string, handle: Handle) =>
    router.post(`/admin${path}`, async (ctx) => handle(ctx, await requireSuperuser(deps.database, ctx)));

  get('', (ctx) => showOverview(deps, ctx));

  get('/users', (ctx) => showUsers(deps, ctx));
  get('/users/new', async (ctx) => newUserPage(deps, ctx));
  post('/users/new', (ctx, admin) => makeUser(deps, ctx, admin));
  get('/users/:id', (ctx) => showUser(deps, ctx));
  post('/users/:id/groups', (ctx, admin) => addGroup(deps, ctx, admin));
  post('/users/:id/groups/remove', (ctx, admin) => removeGroup(deps, ctx, admin));
  get('/users/:id/impersonate', (ctx) => confirmImpersonation(deps, ctx));
  post('/users/:id/impersonate', (ctx, admin) => impersonate(deps, ctx, admin));
  get('/users/:id/:action', (ctx) => confirmUserAction(deps, ctx));
  post('/users/:id/:action', (ctx, admin) => runUserAction(deps, ctx, admin));

  get('/invitations', (ctx) => showInvitations(deps, ctx));
  post('/invitations', (ctx, admin) => inviteSomebody(deps, ctx, admin));
  post('/invitations/:id/revoke', (ctx, admin) => revoke(deps, ctx, admin));

  get('/groups', (ctx) => showGroups(deps, ctx));
  post('/groups', (ctx, admin) => makeGroup(deps, ctx, admin));
  get('/groups/:id', (ctx) => showGroup(deps, ctx));
  post('/groups/:id/rename', (ctx, admin) => renameNamed(deps, ctx, admin));
  post('/groups/:id/factor', (ctx, admin) => requireFactorOfNamed(deps, ctx, admin));
  post('/groups/:id/members', (ctx, admin) => addMember(deps, ctx, admin));
  post('/groups/:id/members/:accountId/remove', (ctx, admin) => removeMember(deps, ctx, admin));
  get('/groups/:id/delete', (ctx) => confirmGroupDeletion(deps, ctx));
  post('/groups/:id/delete', (ctx, admin) => deleteNamed(deps, ctx, admin));

  get('/audit', (ctx) => showAudit(deps, ctx));
  get('/audit/export', (ctx, admin) => exportAudit(deps, ctx, admin));
  router.post('/impersonation/end', (ctx) => endImpersonating(deps, ctx));
  return router;
}
