/** What happened, told to the person it happened to. Events without a sentence are the operator's business alone. */
import type { EventName } from '../../audit/audit.js';
import type { ListedEvent } from '../../audit/list-events.js';
import { type Text, text } from '../../languages/texts.js';

type Describe = (event: ListedEvent) => Text;

/** The application, or what it was called before it was removed: nobody knows. */
const applicationOf = ({ application }: ListedEvent) =>
  application ?? text('accounts.activity.removedApplication');
const nameIn = ({ details }: ListedEvent, key: string) => String(details[key] ?? '');

const SENTENCES: Partial<Record<EventName, Describe>> = {
  'login.succeeded': (event) =>
    event.application
      ? text('accounts.activity.signedInAt', { application: event.application })
      : text('accounts.activity.signedIn'),
  'login.failed': () => text('accounts.activity.signInFailed'),
  'login.throttled': () => text('accounts.activity.signInThrottled'),
  'login.confirmed': () => text('accounts.activity.signInConfirmed'),
  'login.second_step': () => text('accounts.activity.secondStepAsked'),
  'factor.added': () => text('accounts.activity.appAdded'),
  'factor.removed': () => text('accounts.activity.appRemoved'),
  'recovery_codes.made': () => text('accounts.activity.recoveryCodesMade'),
  'recovery_code.used': () => text('accounts.activity.recoveryCodeUsed'),
  'browser.remembered': () => text('accounts.activity.browserRemembered'),
  'browser.forgotten': () => text('accounts.activity.browserForgotten'),
  logout: () => text('accounts.activity.signedOut'),
  'session.ended': ({ details }) =>
    details.which ? text('accounts.activity.othersSignedOut') : text('accounts.activity.browserSignedOut'),
  signup: () => text('accounts.activity.signedUp'),
  'password.changed': () => text('accounts.activity.passwordChanged'),
  'password.reset_asked': () => text('accounts.activity.resetAsked'),
  'password.reset': () => text('accounts.activity.passwordReset'),
  'email.verified': () => text('accounts.activity.emailVerified'),
  'email.change_asked': () => text('accounts.activity.emailChangeAsked'),
  'email.change_cancelled': () => text('accounts.activity.emailChangeCancelled'),
  'email.changed': () => text('accounts.activity.emailChanged'),
  'profile.changed': () => text('accounts.activity.profileChanged'),
  'personal_token.made': (event) => text('accounts.activity.tokenMade', { name: nameIn(event, 'name') }),
  'personal_token.revoked': (event) =>
    text('accounts.activity.tokenRevoked', { name: nameIn(event, 'name') }),
  'personal_token.leaked': (event) => text('accounts.activity.tokenLeaked', { name: nameIn(event, 'name') }),
  'passkey.added': () => text('accounts.activity.passkeyAdded'),
  'passkey.removed': () => text('accounts.activity.passkeyRemoved'),
  'passkey.copied': () => text('accounts.activity.passkeyCopied'),
  'account.created': () => text('accounts.activity.accountCreated'),
  'account.disabled': () => text('accounts.activity.accountDisabled'),
  'account.enabled': () => text('accounts.activity.accountEnabled'),
  'account.deletion_asked': () => text('accounts.activity.deletionAsked'),
  'account.deletion_cancelled': () => text('accounts.activity.deletionCancelled'),
  'data.exported': () => text('accounts.activity.dataExported'),
  'impersonation.started': (event) =>
    text('accounts.activity.impersonated', { reason: nameIn(event, 'reason') }),
  'impersonation.ended': () => text('accounts.activity.impersonationEnded'),
  'account.signed_out': () => text('accounts.activity.signedOutEverywhere'),
  'superuser.unmade': () => text('accounts.activity.superuserUnmade'),
  'superuser.made': () => text('accounts.activity.superuserMade'),
  'group.joined': (event) => text('accounts.activity.groupJoined', { group: nameIn(event, 'group') }),
  'group.left': (event) => text('accounts.activity.groupLeft', { group: nameIn(event, 'group') }),
  'consent.given': (event) => text('accounts.activity.allowed', { application: applicationOf(event) }),
  'consent.denied': (event) => text('accounts.activity.denied', { application: applicationOf(event) }),
  'consent.revoked': (event) => text('accounts.activity.takenBack', { application: applicationOf(event) }),
  'code.replayed': (event) => text('accounts.activity.replayed', { application: applicationOf(event) }),
  'refresh.reuse_detected': (event) =>
    text('accounts.activity.replayed', { application: applicationOf(event) }),
  'token.revoked': (event) => text('accounts.activity.tokenGivenBack', { application: applicationOf(event) }),
};

export const DESCRIBED = Object.keys(SENTENCES) as EventName[];

export function describeEvent(event: ListedEvent): Text {
  const describe = SENTENCES[event.event];
  if (!describe) throw new Error(`The event ${event.event} is not described`);
  return describe(event);
}
