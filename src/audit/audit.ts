/**
 * Who did what, when, from where: one row per event, appended and never changed (table audit_events), and kept for
 * AUDIT_KEEP_DAYS (delete-events.ts). Details hold names and reasons, never a password, token, code or secret, nor what
 * was typed into a field that failed.
 */
import type { Db } from '../database/database.js';
import { findActor } from './acting.js';

export type EventName =
  | 'login.succeeded'
  | 'login.failed'
  | 'login.throttled'
  | 'login.confirmed'
  | 'login.second_step'
  | 'logout'
  | 'session.ended'
  | 'signup'
  | 'password.changed'
  | 'password.reset_asked'
  | 'password.reset'
  | 'email.verified'
  | 'email.change_asked'
  | 'email.change_cancelled'
  | 'email.changed'
  | 'factor.added'
  | 'factor.removed'
  | 'recovery_codes.made'
  | 'recovery_code.used'
  | 'browser.remembered'
  | 'browser.forgotten'
  | 'profile.changed'
  | 'personal_token.made'
  | 'personal_token.revoked'
  | 'personal_token.leaked'
  | 'passkey.added'
  | 'passkey.removed'
  | 'passkey.copied'
  | 'account.created'
  | 'account.disabled'
  | 'account.enabled'
  | 'account.deletion_asked'
  | 'account.deletion_cancelled'
  | 'account.deleted'
  | 'data.exported'
  | 'account.signed_out'
  | 'superuser.made'
  | 'superuser.unmade'
  | 'group.created'
  | 'group.renamed'
  | 'group.deleted'
  | 'group.joined'
  | 'group.left'
  | 'impersonation.started'
  | 'impersonation.ended'
  | 'group.factor_required'
  | 'group.factor_not_required'
  | 'factors.reset'
  | 'invitation.made'
  | 'invitation.revoked'
  | 'invitation.used'
  | 'superuser.recovered'
  | 'administration.refused'
  | 'audit.exported'
  | 'consent.given'
  | 'consent.denied'
  | 'consent.revoked'
  | 'code.replayed'
  | 'refresh.reuse_detected'
  | 'token.revoked'
  | 'application.created'
  | 'application.changed'
  | 'application.deleted'
  | 'application.disabled'
  | 'application.enabled'
  | 'application.approved'
  | 'application.refused'
  | 'application.approval_asked'
  | 'application.transferred'
  | 'team.created'
  | 'team.renamed'
  | 'team.deleted'
  | 'team.invited'
  | 'team.invitation_withdrawn'
  | 'team.declined'
  | 'team.joined'
  | 'team.left'
  | 'team.role_changed'
  | 'secret.added'
  | 'secret.retired'
  | 'api_token.made'
  | 'api_token.revoked'
  | 'preview.pattern_approved'
  | 'preview.pattern_withdrawn'
  | 'preview.added'
  | 'preview.removed'
  | 'secret.leaked'
  | 'key.created'
  | 'key.rotated'
  | 'key.retired'
  | 'data.imported';

export interface AuditEvent {
  event: EventName;
  at: Date;
  /** Whose account it concerns. */
  accountId?: number | undefined;
  /** Who acted, when that is somebody else. */
  actorId?: number | undefined;
  clientId?: string | undefined;
  network?: string | undefined;
  requestId?: string | undefined;
  details?: Record<string, unknown> | undefined;
}

/** Pass the transaction of the change itself, so that neither exists without the other. */
export async function recordEvent(db: Db, event: AuditEvent): Promise<void> {
  await db('audit_events').insert({
    at: event.at,
    event: event.event,
    account_id: event.accountId ?? null,
    // Who acts in somebody's place acts whatever the person may be named as.
    actor_id: findActor() ?? event.actorId ?? null,
    client_id: event.clientId ?? null,
    network: event.network ?? null,
    request_id: event.requestId ?? null,
    details: JSON.stringify(event.details ?? {}),
  });
}

/** Who changes the account of somebody else, from where, and why. Nobody is named: it is the command line. */
export interface Administrator {
  accountId?: number;
  network?: string;
  requestId?: string;
  reason?: string;
}

/** An event that an administrator brings about. Pass the transaction of the change itself. */
export async function recordAdministration(
  db: Db,
  { accountId: actorId, network, requestId, reason }: Administrator,
  event: Omit<AuditEvent, 'actorId' | 'network' | 'requestId'>,
): Promise<void> {
  const details = {
    ...event.details,
    ...(actorId === undefined ? { by: 'command line' } : {}),
    ...(reason ? { reason } : {}),
  };
  await recordEvent(db, { ...event, actorId, network, requestId, details });
}
