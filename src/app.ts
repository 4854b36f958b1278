/**
 * The table of contents: everything the server answers to, in the order in which it is asked.
 */
// First, before anything loads the engine.
import './engine/known-warnings.js';
import Koa from 'koa';
import bodyParser from 'koa-bodyparser';
import compose from 'koa-compose';
import { accountApiDocsRoutes } from './account-api/docs-routes.js';
import { accountApiRoutes } from './account-api/routes.js';
import { activityRoutes } from './accounts/activity/routes.js';
import { requireVerifiedEmail } from './accounts/email-addresses/require-verified-email.js';
import { emailAddressRoutes } from './accounts/email-addresses/routes.js';
import { factorKeys } from './accounts/factors/factor-keys.js';
import { factorRoutes } from './accounts/factors/routes.js';
import { invitationRoutes } from './accounts/invitations/routes.js';
import { createKnownBrowsers } from './accounts/known-browsers.js';
import { leavingRoutes } from './accounts/leaving/routes.js';
import { createMailedLinks } from './accounts/mailed-links.js';
import { passkeyRoutes } from './accounts/passkeys/routes.js';
import { createPasswords } from './accounts/passwords.js';
import { createPersonalTokens } from './accounts/personal-tokens/personal-tokens.js';
import { personalTokenRoutes } from './accounts/personal-tokens/routes.js';
import { recoveryRoutes } from './accounts/recovery/routes.js';
import { accountRoutes } from './accounts/routes.js';
import { sessionRoutes } from './accounts/sessions/routes.js';
import { superuserRoutes } from './accounts/superuser-routes.js';
import { whoIsSignedIn } from './accounts/who-is-signed-in.js';
import { keepImpersonatorsOut } from './administration/impersonation/keep-out.js';
import { administrationRoutes } from './administration/routes.js';
import { createActivity } from './applications/activity/activity.js';
import { applicationActivityRoutes } from './applications/activity/routes.js';
import { apiTokenRoutes } from './applications/api-tokens/routes.js';
import { crossOriginCalls } from './applications/clients/cors.js';
import { connectRoutes } from './applications/connect/routes.js';
import { playgroundRoutes } from './applications/playground/routes.js';
import { previewRoutes } from './applications/preview-uris/routes.js';
import { noticeRefusals } from './applications/problems/notice-refusals.js';
import { createProblems } from './applications/problems/problems.js';
import { problemRoutes } from './applications/problems/routes.js';
import { applicationRoutes } from './applications/routes.js';
import { secretRoutes } from './applications/secrets/routes.js';
import { createSecretUses } from './applications/secrets/secret-uses.js';
import { startWarningOfExpiry } from './applications/secrets/warn-of-expiry.js';
import { standingRoutes } from './applications/standing/routes.js';
import { teamRoutes } from './applications/teams/routes.js';
import { applicationsApiDocsRoutes, applicationsApiRoutes } from './applications-api/routes.js';
import { authorizedTokensRoutes } from './authorization/authorized-tokens.js';
import { authorizationRoutes } from './authorization/routes.js';
import { readLogoUpload } from './branding/read-logo-upload.js';
import { brandingRoutes } from './branding/routes.js';
import { serveBranding } from './branding/serve-branding.js';
import type { Config } from './config/config.js';
import type { Database } from './database/database.js';
import { createBrowserSessions } from './engine/browser-sessions.js';
import { createEngine } from './engine/engine.js';
import { openLiveKeys, startReadingKeys } from './engine/keys/live-keys.js';
import { enginePathOf, engineRoutes, isCrossOriginPath } from './engine/routes.js';
import { createSessionUses } from './engine/session-uses.js';
import { healthRoutes } from './health/routes.js';
import { assetUrl, loadAssets, serveAssets } from './http/assets.js';
import { csrfProtection } from './http/csrf.js';
import { errorHandler } from './http/error-handler.js';
import { takeAddressFromIssuer } from './http/issuer-address.js';
import { requireIssuerHost } from './http/issuer-host.js';
import { createPages } from './http/pages.js';
import { requestContext } from './http/request-context.js';
import { securityHeaders } from './http/security-headers.js';
import { chooseLanguage } from './languages/choose-language.js';
import { languageRoutes } from './languages/routes.js';
import { languageOfSignIn } from './languages/sign-in-language.js';
import { accessLog } from './logging/access-log.js';
import type { Logger } from './logging/log.js';
import { startDelivering } from './mail/deliver-mails.js';
import { createMails } from './mail/mails.js';
import { mailRoutes } from './mail/routes.js';
import { profileApiRoutes } from './profile-api/routes.js';
import { secretScanningRoutes } from './secret-scanning/routes.js';
import { deriveKey } from './secrets/derive-key.js';
import { addBuckets } from './tokens/buckets.js';
import { forgetTokensAfterChanges } from './tokens/forget-after-changes.js';
import { createFreshCodes } from './tokens/fresh-codes.js';
import { createLiveAccessTokens } from './tokens/live-access-tokens.js';
import { createOutages, startBeating } from './tokens/outages.js';
import { startSweeping } from './tokens/sweep.js';

interface AppDeps {
  config: Config;
  database: Database;
  secretKey: string;
  log: Logger;
  isDraining: () => boolean;
}

export interface App {
  callback: ReturnType<Koa['callback']>;
  close(): Promise<void>;
}

export async function createApp({ config, database, secretKey, log, isDraining }: AppDeps): Promise<App> {
  await addBuckets(database.knex, new Date());
  const signingKeys = await openLiveKeys(database, deriveKey(secretKey, 'signing keys'));
  const pages = await createPages(config);
  const mailKey = deriveKey(secretKey, 'mails');
  const { mail } = config;
  const delivery =
    mail.mode === 'smtp' ? startDelivering({ database, smtp: mail, key: mailKey, log }) : undefined;
  if (mail.mode === 'off') log.warn('mail is off: without SMTP_URL nothing that needs a mail is offered');
  const mails = createMails({ config, key: mailKey, pages, onPosted: () => delivery?.wake() });
  const mailedLinks = createMailedLinks(deriveKey(secretKey, 'mailed codes'));
  const passwords = createPasswords(config.passwords);
  const liveTokens = createLiveAccessTokens(database);
  const freshCodes = createFreshCodes();
  const outages = createOutages(database);
  const secretUses = createSecretUses(database, log);
  const activity = createActivity(database, log);
  const engine = createEngine({
    activity,
    config,
    database,
    freshCodes,
    liveTokens,
    mails,
    outages,
    pages,
    passwords,
    secretKey,
    secretUses,
    signingKeys,
  });
  const personalTokens = createPersonalTokens(database, log);
  const uses = createSessionUses(database, log);
  const sessions = createBrowserSessions({ engine, database, config, secretKey, uses });
  const problems = createProblems({ activity, config, database, log });
  const deps = {
    activity,
    config,
    database,
    problems,
    outages,
    freshCodes,
    liveTokens,
    personalTokens,
    pages,
    mails,
    mailedLinks,
    knownBrowsers: createKnownBrowsers({
      config,
      database,
      mails,
      key: deriveKey(secretKey, 'known browsers'),
    }),
    passwords,
    sessions,
    engine,
    factorKeys: factorKeys(secretKey),
  };

  const app = new Koa();
  // The cookies of a sign-in in progress are set through this app and read through the engine.
  if (engine.keys) app.keys = engine.keys;
  takeAddressFromIssuer(app, config.issuer);
  takeAddressFromIssuer(engine, config.issuer);

  // What goes wrong with a connection after its request was answered for, or given up. Koa would print it on stderr.
  app.on('error', (error) => log.debug({ err: error }, 'connection failed'));

  app.use(requestContext(config, chooseLanguage));
  app.use(accessLog(log));
  app.use(securityHeaders(config));
  app.use(errorHandler({ pages, log }));

  app.use(healthRoutes({ database, log, isDraining }));
  app.use(noticeRefusals({ issuer: config.issuer, problems, pathOf: enginePathOf }));
  app.use(requireIssuerHost(config.issuer));
  const csrf = csrfProtection({
    key: deriveKey(secretKey, 'csrf'),
    secure: config.issuer.startsWith('https:'),
  });
  app.use(csrf.offer);
  const assets = await loadAssets();
  app.use(serveAssets(assets));

  // For programs: no cookies, no forms.
  app.use(
    crossOriginCalls({ database, issuer: config.issuer }, (path) => isCrossOriginPath(enginePathOf(path))),
  );
  app.use(profileApiRoutes(deps));
  app.use(engineRoutes({ ...deps, log, uses, secretUses, signingKeys }));
  app.use(secretScanningRoutes(deps).routes());

  // Around all that changes something, by a script or by a form, so that none of it can be mounted without.
  app.use(forgetTokensAfterChanges(liveTokens));

  // For scripts of developers: JSON, with API tokens.
  app.use(applicationsApiRoutes(deps));

  const signedIn = compose<Koa.Context>([whoIsSignedIn(sessions), keepImpersonatorsOut()]);

  // For front ends of one's own: JSON, with the session of the pages.
  app.use(accountApiRoutes(deps, signedIn));

  // For people: pages and forms.
  app.use(serveBranding({ database, logo: config.brand.logo, icon: assetUrl(assets, 'logo.svg') }));
  app.use(bodyParser({ enableTypes: ['form'], formLimit: '64kb' }));
  app.use(readLogoUpload());
  app.use(csrf.check);
  app.use(signedIn);
  app.use(languageOfSignIn(database));
  app.use(requireVerifiedEmail(config));
  const pageRoutes = [
    languageRoutes,
    accountRoutes,
    recoveryRoutes,
    emailAddressRoutes,
    sessionRoutes,
    personalTokenRoutes,
    activityRoutes,
    leavingRoutes,
    factorRoutes,
    passkeyRoutes,
    superuserRoutes,
    invitationRoutes,
    // Before those of the applications, whose ids they are none of.
    teamRoutes,
    standingRoutes,
    apiTokenRoutes,
    applicationRoutes,
    previewRoutes,
    secretRoutes,
    connectRoutes,
    problemRoutes,
    applicationActivityRoutes,
    playgroundRoutes,
    brandingRoutes,
    authorizationRoutes,
    authorizedTokensRoutes,
    accountApiDocsRoutes,
    applicationsApiDocsRoutes,
    administrationRoutes,
    mailRoutes,
  ];
  for (const router of pageRoutes.map((routes) => routes(deps)))
    app.use(router.routes()).use(router.allowedMethods());

  const stopSweeping = startSweeping(database, config, log);
  const stopBeating = startBeating(outages, log);
  const stopReadingKeys = startReadingKeys(signingKeys, log);
  const stopWarning = startWarningOfExpiry({ database, mails, log });
  return {
    callback: app.callback(),
    async close() {
      await problems.close();
      await activity.stop();
      await delivery?.stop();
      await stopSweeping();
      await stopBeating();
      await stopReadingKeys();
      await stopWarning();
      await secretUses.stop();
    },
  };
}
