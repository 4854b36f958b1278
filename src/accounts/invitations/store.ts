/** The SQL of table invitations, which holds those that are open. */
import type { Db } from '../../database/database.js';
import { hashToken } from '../../secrets/token-hash.js';

export interface Invitation {
  id: number;
  email: string;
  isMailed: boolean;
  createdAt: Date;
  expiresAt: Date;
}

export interface ListedInvitation extends Invitation {
  /** The username of who made it. */
  invitedBy: string | null;
}

const COLUMNS = {
  id: 'invitations.id',
  email: 'invitations.email',
  isMailed: 'invitations.is_mailed',
  createdAt: 'invitations.created_at',
  expiresAt: 'invitations.expires_at',
};

export async function insertInvitation(
  db: Db,
  {
    token,
    invitedBy,
    ...invitation
  }: Omit<Invitation, 'id'> & { token: string; invitedBy: number | undefined },
): Promise<void> {
  await db('invitations').insert({
    token_hash: hashToken(token),
    email: invitation.email,
    is_mailed: invitation.isMailed,
    invited_by: invitedBy ?? null,
    created_at: invitation.createdAt,
    expires_at: invitation.expiresAt,
  });
}

export async function selectInvitation(db: Db, token: string, at: Date): Promise<Invitation | undefined> {
  return db('invitations')
    .where({ token_hash: hashToken(token) })
    .where('expires_at', '>', at)
    .first(COLUMNS);
}

/** @returns undefined when somebody else has used it, or it was revoked, in the meantime */
export async function takeInvitation(db: Db, token: string, at: Date): Promise<Invitation | undefined> {
  const [taken] = await db('invitations')
    .where({ token_hash: hashToken(token) })
    .where('expires_at', '>', at)
    .delete()
    .returning(Object.entries(COLUMNS).map(([name, column]) => `${column} as ${name}`));
  return taken;
}

/** The newest first. */
export async function selectInvitations(
  db: Db,
  { before, limit, at }: { before: number | undefined; limit: number; at: Date },
): Promise<ListedInvitation[]> {
  const query = db('invitations')
    .leftJoin('accounts', 'accounts.id', 'invitations.invited_by')
    .where('invitations.expires_at', '>', at)
    .orderBy('invitations.id', 'desc')
    .limit(limit)
    .select({ ...COLUMNS, invitedBy: 'accounts.username' });
  if (before !== undefined) query.where('invitations.id', '<', before);
  return query;
}

/** @returns the address, or undefined when there is none of this id any more */
export async function deleteInvitation(db: Db, id: number): Promise<string | undefined> {
  const [deleted]: { email: string }[] = await db('invitations').where({ id }).delete().returning('email');
  return deleted?.email;
}
