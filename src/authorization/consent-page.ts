import type { Account } from '../accounts/account.js';
import type { Application } from '../applications/application.js';
import type { OwnerName } from '../applications/find-application.js';
import type { ApplicationLook } from '../branding/application-looks.js';
import type { Config } from '../config/config.js';
import { describeScope } from '../scopes/scopes.js';
import { claimsAskedFor, isRequiredScope, scopesAskedFor } from './decide-consent.js';

interface AskingInteraction {
  uid: string;
  params: Record<string, unknown>;
  prompt: { details: Record<string, unknown> };
}

/** What views/authorization/consent.ejs shows: who asks, for what, as whom, and where the browser goes afterwards. */
export function describeConsentPage(
  config: Config,
  interaction: AskingInteraction,
  application: Application,
  owner: OwnerName | undefined,
  account: Account | undefined,
  look: ApplicationLook,
): Record<string, unknown> {
  const base = `/interaction/${interaction.uid}`;
  return {
    applicationName: application.name,
    look,
    owner,
    redirectHost: redirectHost(interaction.params.redirect_uri),
    username: account?.username,
    scopes: scopesAskedFor(interaction).map((name) => ({
      name,
      sentence: describeScope(config.scopes, name),
      required: isRequiredScope(name),
    })),
    claims: claimsAskedFor(interaction),
    action: `${base}/consent`,
    denyAction: `${base}/deny`,
    switchAction: `${base}/switch`,
  };
}

/** A native app has a scheme instead of a host; a device has neither. */
function redirectHost(uri: unknown): string | undefined {
  if (typeof uri !== 'string' || !URL.canParse(uri)) return undefined;
  const { host, protocol } = new URL(uri);
  return host || protocol.slice(0, -1);
}
