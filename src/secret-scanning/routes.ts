/**
 * POST /secret-scanning: somebody has found what looks like a secret of ours, in code, in a log or on a page. A client
 * secret, personal access token or API token that is live is revoked at once, and its owner is told where it was found.
 *
 * Takes what GitHub's secret scanning sends to its partners, a JSON array of {token, type, url, source} of which only
 * `token` is needed (or one such object), and answers in the form of its feedback: for each, in the same order,
 * {token_hash, token_type, label}, where the label is true_positive for what was revoked and false_positive for all
 * else: made up, mistyped, of an old form without a checksum, expired or revoked before. More is told to nobody.
 *
 * GitHub signs its alerts, and the key would have to be fetched from there, which this server does not do. It needs no
 * signature: whoever knows a secret can do worse with it than end it, and who does not know one can end none.
 */
import { createHash } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { AppError } from '../http/errors.js';
import { readJsonValue } from '../json-api/read-json.js';
import { text } from '../languages/texts.js';
import { networkPrefix } from '../throttle/network-prefix.js';
import { HOUR, reserveAttempt } from '../throttle/throttle.js';
import { type FoundSecret, revokeLeaked, type ScanningDeps } from './revoke-leaked.js';
import { MOST_ALERTS, notAlerts, tooManyReports } from './wrong-requests.js';

const REPORTS_PER_HOUR = 600;

const alert = z.object({
  token: z.string().max(1_000),
  type: z.string().max(200).optional(),
  url: z.string().max(4_000).nullish(),
  source: z.string().max(200).nullish(),
});
const alerts = z.union([z.array(alert).min(1).max(MOST_ALERTS), alert.transform((one) => [one])]);

export function secretScanningRoutes(deps: ScanningDeps): Router {
  const router = new Router();
  router.post('/secret-scanning', async (ctx: Context) => {
    ctx.set('Cache-Control', 'no-store');
    await throttle(deps, ctx);
    const found = await readAlerts(ctx);
    const { network, requestId } = ctx.state;
    const revoked = await revokeLeaked(deps, found, { network, requestId });
    ctx.body = found.map(({ token, type }) => ({
      token_hash: createHash('sha256').update(token).digest('hex'),
      token_type: type,
      label: revoked.has(token) ? 'true_positive' : 'false_positive',
    }));
  });
  router.all('/secret-scanning', () => {
    throw new AppError(405, 'method_not_allowed', text('errors.method.message'), {
      headers: { Allow: 'POST' },
    });
  });
  return router;
}

async function throttle({ database }: ScanningDeps, ctx: Context): Promise<void> {
  const key = `secret-scanning:${networkPrefix(ctx.state.network)}`;
  const reservation = await reserveAttempt(
    database.knex,
    [{ key, limit: REPORTS_PER_HOUR, window: HOUR }],
    new Date(),
  );
  if (reservation.allowed) return;
  throw tooManyReports(reservation.retryAfter);
}

async function readAlerts(ctx: Context): Promise<FoundSecret[]> {
  const read = alerts.safeParse(await readJsonValue(ctx));
  if (!read.success) throw notAlerts();
  return read.data.map(({ token, type, url, source }) => ({
    token,
    type: type ?? 'unknown',
    url: url ?? undefined,
    source: source ?? undefined,
  }));
}
