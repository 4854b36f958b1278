/** Redirect URIs of preview deployments, which end by themselves. */
import { z } from 'zod';
import {
  addPreviewUri,
  listPatterns,
  listPreviewUris,
  MOST_DAYS,
  removePreviewUri,
} from '../applications/preview-uris/preview-uris.js';
import { notFound } from '../http/errors.js';
import { getId } from '../http/row-id.js';
import { type Operation, operation, reply } from '../json-api/operation.js';
import type { ApplicationsApiDeps } from './deps.js';
import { changeByToken, getTokensApplication } from './require-token.js';
import { previewShape, showPreview } from './shapes.js';

const TAG = 'Preview redirect URIs';
const PREVIEWS = '/api/applications/{client_id}/preview-redirect-uris';

const wish = z
  .strictObject({
    redirect_uri: z.string().meta({ description: 'Within a pattern that the owner has approved.' }),
    days: z
      .int()
      .min(1)
      .max(MOST_DAYS)
      .default(7)
      .meta({ description: `From now on, ${MOST_DAYS} at most.` }),
  })
  .meta({ id: 'NewPreviewRedirectUri' });

const listShape = z
  .strictObject({
    approved_patterns: z.array(z.string()),
    preview_redirect_uris: z.array(previewShape),
  })
  .meta({ id: 'PreviewRedirectUris' });

export function previewOperations({ config, database }: ApplicationsApiDeps): Operation[] {
  return [
    operation({
      method: 'get',
      path: PREVIEWS,
      tag: TAG,
      summary: 'What is approved, and what was added and has not ended',
      access: 'api-token',
      answers: { 200: listShape },
      async run({ ctx, account }) {
        const { id } = await getTokensApplication(database, ctx, account);
        const previews = await listPreviewUris(database.knex, id, new Date());
        const approved = await listPatterns(database.knex, id);
        return reply(200, { approved_patterns: approved, preview_redirect_uris: previews.map(showPreview) });
      },
    }),

    operation({
      method: 'post',
      path: PREVIEWS,
      tag: TAG,
      summary: 'Add the redirect URI of a deployment',
      description:
        'It counts as registered until its end, letter by letter. One that is there lives until the new end.',
      access: 'api-token',
      body: wish,
      answers: { 201: previewShape },
      async run({ ctx, account, body }) {
        const { id } = await getTokensApplication(database, ctx, account);
        const { redirect_uri: uri, days } = body;
        const { origin: ownOrigin } = new URL(config.issuer);
        const change = changeByToken(ctx, account);
        const added = await addPreviewUri(database.knex, id, { uri, days, ownOrigin, ...change });
        return reply(201, showPreview(added));
      },
    }),

    operation({
      method: 'delete',
      path: `${PREVIEWS}/{id}`,
      tag: TAG,
      summary: 'Remove one before its end',
      access: 'api-token',
      answers: { 204: null },
      async run({ ctx, account }) {
        const { id } = await getTokensApplication(database, ctx, account);
        const change = changeByToken(ctx, account);
        if (!(await removePreviewUri(database.knex, id, getId(ctx.params.id), change))) throw notFound();
        return reply(204);
      },
    }),
  ];
}
