/** How applications look to the people who sign in at them. Table: application_looks, whose only SQL is here. */
import type { Db } from '../database/database.js';
import { pictureUrl } from './addresses.js';
import type { Picture, PictureType } from './picture.js';

export interface ApplicationLook {
  /** As #0e5a4b; null: the server's. The same holds for the rest: what is null is not shown. */
  color: string | null;
  homeUri: string | null;
  termsUri: string | null;
  policyUri: string | null;
  /** Where the logo is served. */
  logoUrl: string | null;
}

export const PLAIN_LOOK: ApplicationLook = {
  color: null,
  homeUri: null,
  termsUri: null,
  policyUri: null,
  logoUrl: null,
};

/** Of an application that has set nothing, the plain one. */
export async function findLook(db: Db, applicationId: number): Promise<ApplicationLook> {
  const row = await db('application_looks')
    .where({ application_id: applicationId })
    .first('color', 'home_uri', 'terms_uri', 'policy_uri', 'logo_type', 'logo_hash');
  if (!row) return PLAIN_LOOK;
  return {
    color: row.color,
    homeUri: row.home_uri,
    termsUri: row.terms_uri,
    policyUri: row.policy_uri,
    logoUrl: row.logo_hash && pictureUrl({ hash: row.logo_hash, type: row.logo_type }),
  };
}

/** @param logo undefined: the one there is stays; null: there is none from now on */
export async function saveLook(
  db: Db,
  applicationId: number,
  look: Omit<ApplicationLook, 'logoUrl'>,
  { logo, at }: { logo: Picture | null | undefined; at: Date },
): Promise<void> {
  const columns = {
    color: look.color,
    home_uri: look.homeUri,
    terms_uri: look.termsUri,
    policy_uri: look.policyUri,
    updated_at: at,
    ...(logo === undefined
      ? {}
      : { logo: logo?.content ?? null, logo_type: logo?.type ?? null, logo_hash: logo?.hash ?? null }),
  };
  await db('application_looks')
    .insert({ application_id: applicationId, ...columns })
    .onConflict('application_id')
    .merge(columns);
}

export async function findLogo(db: Db, hash: string): Promise<Picture | undefined> {
  const row: { logo: Buffer; logo_type: PictureType } | undefined = await db('application_looks')
    .where({ logo_hash: hash })
    .first('logo', 'logo_type');
  return row && { content: row.logo, type: row.logo_type, hash };
}
