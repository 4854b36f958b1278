/** The objects that operations answer. */
import { z } from 'zod';
import type { Application, ClientSecret } from '../applications/application.js';
import type { PreviewUri } from '../applications/preview-uris/preview-uris.js';
import { settingsDocument, toDocument } from '../applications/settings/document.js';

const moment = z.iso.datetime();

export const applicationShape = settingsDocument
  .required()
  .extend({
    client_id: z.string(),
    team_id: z.int().nullable().meta({ description: 'The team that owns it; null: a person.' }),
    disabled_at: moment.nullable(),
    created_at: moment,
    updated_at: moment,
  })
  .meta({ id: 'Application' });

/** @param teamId the team it is of */
export function showApplication(
  application: Application,
  teamId: number | undefined,
): z.input<typeof applicationShape> {
  return {
    client_id: application.clientId,
    team_id: teamId ?? null,
    ...toDocument(application),
    disabled_at: application.disabledAt?.toISOString() ?? null,
    created_at: application.createdAt.toISOString(),
    updated_at: application.updatedAt.toISOString(),
  };
}

export const secretShape = z
  .strictObject({
    id: z.int(),
    name: z.string(),
    hint: z.string().meta({ description: 'The last four characters.' }),
    created_at: moment,
    expires_at: moment.nullable(),
    last_used_at: moment.nullable().meta({ description: 'Written once a minute at most.' }),
  })
  .meta({ id: 'ClientSecret' });

export function showSecret(secret: ClientSecret): z.input<typeof secretShape> {
  return {
    id: secret.id,
    name: secret.name,
    hint: secret.hint,
    created_at: secret.createdAt.toISOString(),
    expires_at: secret.expiresAt?.toISOString() ?? null,
    last_used_at: secret.lastUsedAt?.toISOString() ?? null,
  };
}

export const previewShape = z
  .strictObject({ id: z.int(), redirect_uri: z.string(), expires_at: moment })
  .meta({ id: 'PreviewRedirectUri' });

export function showPreview({ id, uri, expiresAt }: PreviewUri): z.input<typeof previewShape> {
  return { id, redirect_uri: uri, expires_at: expiresAt.toISOString() };
}
