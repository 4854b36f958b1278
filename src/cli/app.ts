import { type Command, Option } from 'commander';
import { getAccount } from '../accounts/find-account.js';
import type { Application } from '../applications/application.js';
import {
  APPLICATION_KINDS,
  CLIENT_TYPES,
  CONSENT_RULES,
  DEVICE_CODE,
  ID_TOKEN_ALGS,
  PKCE_RULES,
  REDIRECT_MATCHES,
  TOKEN_FORMATS,
} from '../applications/application.js';
import { deleteApplication } from '../applications/delete-application.js';
import { type ListedApplication, listApplications } from '../applications/list-applications.js';
import { registerApplication } from '../applications/register-application.js';
import { checkSettings } from '../applications/settings/check-settings.js';
import { toDocument } from '../applications/settings/document.js';
import { rulesFor } from '../applications/settings/rules.js';
import { findStanding, STANDING_LABELS } from '../applications/standing/standing.js';
import { showDate } from '../languages/show-date.js';
import { addSecretCommands } from './app-secrets.js';
import { addStandingCommands } from './app-standing.js';
import { getApplication } from './get-application.js';
import { printFacts, printJson, printLine, printTable } from './print.js';
import type { ReadConfig } from './read-config.js';
import { refusedInput } from './refused-input.js';
import { withDatabase } from './with-database.js';

interface CreateOptions {
  name: string;
  owner: string;
  kind?: string;
  description?: string;
  contact?: string[];
  type?: string;
  grant?: string[];
  redirectUri?: string[];
  postLogoutRedirectUri?: string[];
  corsOrigin?: string[];
  scope?: string[];
  defaultScope?: string[];
  consent?: string;
  skipConsent?: boolean;
  introspectAny?: boolean;
  pkce?: string;
  redirectMatch?: string;
  accessTokenLifetime?: string;
  refreshTokenLifetime?: string;
  refreshGracePeriod?: string;
  idTokenAlg?: string;
  tokenFormat?: string;
  json?: boolean;
}

/** `authorization-code` for authorization_code and so on: what is easy to type, and what the standards say. */
function grantTypeOf(name: string): string {
  const standard = name.replaceAll('-', '_');
  if (standard === 'device_code') return DEVICE_CODE;
  return name === DEVICE_CODE ? name : standard;
}

/** `--scope read --scope write`, `--scope read write` and `--scope "read write"` are the same. */
const wordsOf = (values: string[] | undefined) =>
  values?.flatMap((value) => value.split(/[\s,]+/)).filter(Boolean);

/** An application as programs read it, under the names of OAuth where it has them. */
function toJson(application: Application) {
  return {
    id: application.id,
    client_id: application.clientId,
    owner_id: application.ownerId,
    ...toDocument(application),
    skip_consent: application.consent === 'skip',
    is_enabled: application.disabledAt === null,
    created_at: application.createdAt,
    updated_at: application.updatedAt,
  };
}

async function createApp(readConfig: ReadConfig, options: CreateOptions): Promise<void> {
  const config = readConfig();
  const { settings, errors } = checkSettings(
    {
      ...options,
      clientType: options.type,
      grantTypes: wordsOf(options.grant)?.map(grantTypeOf),
      redirectUris: options.redirectUri,
      postLogoutRedirectUris: options.postLogoutRedirectUri,
      corsOrigins: options.corsOrigin,
      scopes: wordsOf(options.scope),
      defaultScopes: wordsOf(options.defaultScope),
      contacts: wordsOf(options.contact),
      consent: options.consent ?? (options.skipConsent ? 'skip' : undefined),
    },
    rulesFor(config, true),
  );
  if (errors) throw refusedInput(errors);
  const { application, secret } = await withDatabase(config, async ({ knex }) => {
    const { id: ownerId } = await getAccount(knex, options.owner);
    return registerApplication(knex, { settings, ownerId, quota: false, by: {}, at: new Date() });
  });
  if (options.json)
    return printJson({ ...toJson(application), ...(secret ? { client_secret: secret } : {}) });
  printFacts({ client_id: application.clientId, ...(secret ? { client_secret: secret } : {}) });
  if (secret) printLine('The secret is stored only as a hash: it is shown now and never again.');
}

async function listApps(readConfig: ReadConfig, { json }: { json?: boolean }): Promise<void> {
  const applications = await withDatabase(readConfig(), async ({ knex }) => {
    const all: ListedApplication[] = [];
    for (let page = 1, pages = 1; page <= pages; page++) {
      const list = await listApplications(knex, { page });
      all.push(...list.applications);
      pages = list.pages;
    }
    return all;
  });
  if (json)
    return printJson(
      applications.map((each) => ({
        ...toJson(each),
        owner: each.ownerUsername,
        team: each.teamName,
        is_waiting: each.standing === 'waiting',
        standing: each.standing ?? null,
      })),
    );
  printTable(
    ['CLIENT ID', 'NAME', 'KIND', 'OWNER', 'STATE'],
    applications.map((each) => [
      each.clientId,
      each.name,
      each.kind,
      each.teamName === null ? (each.ownerUsername ?? '') : `team ${each.teamName}`,
      each.standing ? STANDING_LABELS[each.standing] : '',
    ]),
  );
}

async function showApp(
  readConfig: ReadConfig,
  clientId: string,
  { json }: { json?: boolean },
): Promise<void> {
  const { application, standing } = await withDatabase(readConfig(), async ({ knex }) => {
    const found = await getApplication(knex, clientId);
    return { application: found, standing: await findStanding(knex, found) };
  });
  if (json)
    return printJson({
      ...toJson(application),
      standing: standing?.kind ?? null,
      standing_reason: standing?.reason ?? null,
      standing_since: standing?.since ?? null,
    });
  const shown = Object.entries(toJson(application)).map(([name, value]) => [
    name,
    Array.isArray(value)
      ? value.join(' ')
      : value instanceof Date
        ? value.toISOString()
        : String(value ?? ''),
  ]);
  printFacts(Object.fromEntries(shown));
  if (standing) {
    const { heading, sentence, since } = standing;
    printLine(`\n${heading}. ${sentence}\nSince ${showDate(since, 'en')}.`);
  }
}

async function deleteApp(readConfig: ReadConfig, clientId: string): Promise<void> {
  const name = await withDatabase(readConfig(), async ({ knex }) => {
    const application = await getApplication(knex, clientId);
    await deleteApplication(knex, application.id, { by: {}, at: new Date() });
    return application.name;
  });
  printLine(`Deleted ${name}. Its tokens stopped working.`);
}

export function addAppCommands(program: Command, readConfig: ReadConfig): void {
  const app = program
    .command('app')
    .description('Register, list, show and delete applications (OAuth clients).');
  addCreateCommand(app, readConfig);

  app
    .command('list')
    .description('List all applications.')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => listApps(readConfig, options));

  app
    .command('show')
    .description('Show the settings of an application.')
    .argument('<client-id>')
    .option('--json', 'print JSON')
    .action((clientId: string, options: { json?: boolean }) => showApp(readConfig, clientId, options));

  app
    .command('delete')
    .description('Delete an application, its secrets and its tokens.')
    .argument('<client-id>')
    .action((clientId: string) => deleteApp(readConfig, clientId));

  addSecretCommands(app, readConfig);
  addStandingCommands(app, readConfig);
}

function addCreateCommand(app: Command, readConfig: ReadConfig): void {
  app
    .command('create')
    .description('Register an application and print its client id and secret.')
    .requiredOption('--name <name>', 'what people see on the consent page')
    .requiredOption('--owner <username>', 'who may change it')
    .addOption(
      new Option('--kind <kind>', 'what it is built as; its usual settings follow').choices(
        APPLICATION_KINDS,
      ),
    )
    .addOption(
      new Option('--type <type>', 'whether it can keep a secret; needed without --kind').choices(
        CLIENT_TYPES,
      ),
    )
    .option(
      '--grant <grants...>',
      'authorization-code, refresh-token, password, client-credentials, device-code; may be repeated; needed without --kind',
    )
    .option('--description <text>', 'for its developers and the administrators')
    .option('--contact <addresses...>', 'email addresses of its developers; may be repeated')
    .option('--redirect-uri <uris...>', 'where people return to; may be repeated')
    .option(
      '--post-logout-redirect-uri <uris...>',
      'where people return to after signing out; may be repeated',
    )
    .option(
      '--cors-origin <origins...>',
      'whose scripts may call it; the origins of the redirect URIs unless given',
    )
    .option('--scope <scopes...>', 'what it may ask for; everything unless given')
    .option(
      '--default-scope <scopes...>',
      "what it is given when it names none; the server's defaults unless given",
    )
    .addOption(
      new Option('--consent <rule>', 'when people are asked; once unless given').choices(CONSENT_RULES),
    )
    .option('--skip-consent', 'the same as --consent skip')
    .option('--introspect-any', 'may introspect the tokens of other applications')
    .addOption(new Option('--pkce <rule>', 'required for public clients unless given').choices(PKCE_RULES))
    .addOption(
      new Option('--redirect-match <rule>', 'how redirect URIs are compared').choices(REDIRECT_MATCHES),
    )
    .option('--access-token-lifetime <seconds>', "the server's setting unless given")
    .option('--refresh-token-lifetime <seconds>', "the server's setting unless given")
    .option('--refresh-grace-period <seconds>', "the server's setting unless given")
    .addOption(new Option('--id-token-alg <alg>', 'RS256 unless given').choices(ID_TOKEN_ALGS))
    .addOption(
      new Option('--token-format <format>', 'of its access tokens; opaque unless given').choices(
        TOKEN_FORMATS,
      ),
    )
    .option('--json', 'print JSON')
    .action((options: CreateOptions) => createApp(readConfig, options));
}
