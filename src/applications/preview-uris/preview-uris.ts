/** Redirect URIs of preview deployments: which patterns are approved, and what scripts have added within them. */
import type { Db } from '../../database/database.js';
import { AppError } from '../../http/errors.js';
import { getLockedApplication } from '../find-application.js';
import { type Change, recordChange } from '../record-change.js';
import { findRedirectUriProblem } from '../redirect-uris/redirect-uris.js';
import { findPatternProblem, fitsPattern } from './patterns.js';

export interface PreviewUri {
  id: number;
  uri: string;
  createdAt: Date;
  expiresAt: Date;
}

export const MOST_DAYS = 30;
const MOST_PATTERNS = 20;
const MOST_URIS = 500;
const DAY = 86_400_000;

export async function listPatterns(db: Db, applicationId: number): Promise<string[]> {
  const rows: { pattern: string }[] = await db('preview_patterns')
    .where({ application_id: applicationId })
    .orderBy('pattern');
  return rows.map(({ pattern }) => pattern);
}

/** Those that have not expired, the newest first. */
export async function listPreviewUris(db: Db, applicationId: number, at: Date): Promise<PreviewUri[]> {
  return db('preview_redirect_uris')
    .where({ application_id: applicationId })
    .where('expires_at', '>', at)
    .orderBy('id', 'desc')
    .select({ id: 'id', uri: 'uri', createdAt: 'created_at', expiresAt: 'expires_at' });
}

/** @returns what is wrong with it, in a sentence; nothing when it is approved now */
export async function approvePattern(
  db: Db,
  applicationId: number,
  pattern: string,
  change: Change,
): Promise<string | undefined> {
  const problem = findPatternProblem(pattern);
  if (problem) return problem;
  return db.transaction(async (transaction) => {
    const application = await getLockedApplication(transaction, applicationId);
    const approved = await listPatterns(transaction, applicationId);
    if (approved.includes(pattern)) return undefined;
    if (approved.length >= MOST_PATTERNS)
      return `There are ${MOST_PATTERNS} patterns, and that is the most there may be.`;
    await transaction('preview_patterns').insert({ application_id: applicationId, pattern });
    await recordChange(transaction, 'preview.pattern_approved', application, change, { pattern });
    return undefined;
  });
}

/** What was added within it goes along, unless another pattern takes it. */
export async function withdrawPattern(
  db: Db,
  applicationId: number,
  pattern: string,
  change: Change,
): Promise<void> {
  await db.transaction(async (transaction) => {
    const application = await getLockedApplication(transaction, applicationId);
    const gone = await transaction('preview_patterns')
      .where({ application_id: applicationId, pattern })
      .delete();
    if (!gone) return;
    const left = await listPatterns(transaction, applicationId);
    const added = await listPreviewUris(transaction, applicationId, new Date(0));
    const homeless = added.filter(({ uri }) => !left.some((each) => fitsPattern(each, uri)));
    await transaction('preview_redirect_uris')
      .whereIn(
        'id',
        homeless.map(({ id }) => id),
      )
      .delete();
    const details = { pattern, removed: homeless.map(({ uri }) => uri) };
    await recordChange(transaction, 'preview.pattern_withdrawn', application, change, details);
  });
}

/**
 * One that is there already lives until the new end.
 * @param days from now on, 1 to MOST_DAYS
 * @param ownOrigin of this server, whose pages are nobody's redirect URI
 * @throws AppError 422 when no approved pattern takes it
 */
export async function addPreviewUri(
  db: Db,
  applicationId: number,
  { uri, days, ownOrigin, ...change }: Change & { uri: string; days: number; ownOrigin: string },
): Promise<PreviewUri> {
  const { at } = change;
  return db.transaction(async (transaction) => {
    const application = await getLockedApplication(transaction, applicationId);
    const approved = await listPatterns(transaction, applicationId);
    const problem = findRedirectUriProblem(uri, {
      clientType: application.clientType,
      allowedSchemes: ['https'],
      ownOrigin,
    });
    if (problem) throw refused(`${uri} ${problem}`);
    if (!approved.some((pattern) => fitsPattern(pattern, uri))) {
      throw refused(
        approved.length
          ? `${uri} fits none of the approved patterns: ${approved.join(', ')}`
          : 'No pattern is approved for this application.',
      );
    }
    if ((await listPreviewUris(transaction, applicationId, at)).length >= MOST_URIS)
      throw refused(`There are ${MOST_URIS} preview redirect URIs, and that is the most there may be.`);
    const expiresAt = new Date(at.getTime() + days * DAY);
    const preview = {
      application_id: applicationId,
      uri,
      origin: new URL(uri).origin,
      created_at: at,
      expires_at: expiresAt,
    };
    const rows: { id: number }[] = await transaction('preview_redirect_uris')
      .insert(preview)
      .onConflict(['application_id', 'uri'])
      .merge(['expires_at'])
      .returning('id');
    await recordChange(transaction, 'preview.added', application, change, { uri, until: expiresAt });
    return { id: rows[0]!.id, uri, createdAt: at, expiresAt };
  });
}

function refused(message: string): AppError {
  return new AppError(422, 'redirect_uri_refused', message, {
    hint: 'The owner approves patterns on the page of the application, under Previews.',
    fields: { redirect_uri: message },
  });
}

/** @returns false when there is no such URI */
export async function removePreviewUri(
  db: Db,
  applicationId: number,
  id: number,
  change: Change,
): Promise<boolean> {
  return db.transaction(async (transaction) => {
    const application = await getLockedApplication(transaction, applicationId);
    const [row]: { uri: string }[] = await transaction('preview_redirect_uris')
      .where({ application_id: applicationId, id })
      .delete()
      .returning('uri');
    if (!row) return false;
    await recordChange(transaction, 'preview.removed', application, change, { uri: row.uri });
    return true;
  });
}
