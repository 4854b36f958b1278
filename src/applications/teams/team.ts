/** A team owns applications; its members see and change them as a single owner would. */

export const ROLES = ['owner', 'member'] as const;
/** Owners manage the members as well, and bring applications into the team and out of it. */
export type Role = (typeof ROLES)[number];

export interface Team {
  id: number;
  name: string;
  createdAt: Date;
}

export interface TeamOfPerson extends Team {
  role: Role;
}

export interface Member {
  accountId: number;
  username: string;
  role: Role;
  joinedAt: Date;
  /** Whether the account is disabled, and so can look after nothing. */
  isDisabled: boolean;
}

/** One that is open. */
export interface TeamInvitation {
  id: number;
  team: Pick<Team, 'id' | 'name'>;
  /** The username, or the address a link went to. */
  invited: string;
  role: Role;
  /** The username of who invited; null: somebody who is gone. */
  invitedBy: string | null;
  expiresAt: Date;
}
