/** What the error codes of the protocol mean in general: all that somebody is told who is not the application's owner. */

export interface GenericText {
  meaning: string;
  help: string;
  where: 'Token endpoint' | 'Authorization endpoint' | 'Presenting a token';
}

export const GENERIC: Record<string, GenericText> = {
  invalid_client: {
    where: 'Token endpoint',
    meaning: 'the application did not prove who it is (RFC 6749 5.2).',
    help: 'Check client id and secret, and how they are sent: by `Authorization: Basic` or in the body.',
  },
  invalid_grant: {
    where: 'Token endpoint',
    meaning:
      'the code, refresh token or password is not valid, is over or was used, or belongs to another application.',
    help: 'Codes work once and for a short time; a refresh token is replaced at each use. The redirect URI and the verifier have to be those of the sign-in.',
  },
  unauthorized_client: {
    where: 'Token endpoint',
    meaning: 'the application may not use this grant.',
    help: 'Its owner can switch grants on in its settings.',
  },
  unsupported_grant_type: {
    where: 'Token endpoint',
    meaning: 'the server has no such grant, or none was named.',
    help: 'Send the parameters as a form, `grant_type` among them.',
  },
  authorization_pending: {
    where: 'Token endpoint',
    meaning: 'the person at the other device has not decided yet (RFC 8628 3.5).',
    help: 'Ask again after the interval.',
  },
  slow_down: {
    where: 'Token endpoint',
    meaning: 'there are too many requests in too short a time.',
    help: 'Wait as long as the answer says, and five seconds more for each time it comes.',
  },
  expired_token: {
    where: 'Token endpoint',
    meaning: 'the device code has expired.',
    help: 'Begin anew with another code.',
  },
  invalid_request: {
    where: 'Authorization endpoint',
    meaning:
      'a parameter is missing, comes twice, or has a value that cannot be (RFC 6749 4.1.2.1). Any endpoint may say so.',
    help: 'The text `error_description` names the parameter.',
  },
  invalid_redirect_uri: {
    where: 'Authorization endpoint',
    meaning: 'the redirect URI is not one that the application has registered.',
    help: 'Both have to be the same, letter by letter: scheme, host, port, path and the slash at its end.',
  },
  invalid_scope: {
    where: 'Authorization endpoint',
    meaning: 'a scope is unknown, not allowed for the application, or more than was granted.',
    help: 'Name scopes of this server, separated by single spaces.',
  },
  unsupported_response_type: {
    where: 'Authorization endpoint',
    meaning: 'the server has no such response type.',
    help: 'Use `response_type=code`. The implicit flow is gone.',
  },
  unsupported_response_mode: {
    where: 'Authorization endpoint',
    meaning: 'the server has no such response mode.',
    help: 'Use `query`, `fragment` or `form_post`, or none.',
  },
  access_denied: {
    where: 'Authorization endpoint',
    meaning: 'the person did not allow it.',
    help: 'Offer to try again.',
  },
  login_required: {
    where: 'Authorization endpoint',
    meaning: 'nobody is signed in, and by `prompt=none` nobody may be asked.',
    help: 'Begin a sign-in without `prompt=none`.',
  },
  consent_required: {
    where: 'Authorization endpoint',
    meaning: 'the person has not agreed yet, and by `prompt=none` may not be asked.',
    help: 'Begin a sign-in without `prompt=none`.',
  },
  interaction_required: {
    where: 'Authorization endpoint',
    meaning: 'a page has to be shown, and by `prompt=none` none may be.',
    help: 'Begin a sign-in without `prompt=none`.',
  },
  unmet_authentication_requirements: {
    where: 'Authorization endpoint',
    meaning: 'the person cannot sign in as strongly as the application asks.',
    help: 'Ask for less, or let the person set up a second factor.',
  },
  server_error: {
    where: 'Authorization endpoint',
    meaning: 'something went wrong on the side of the server.',
    help: 'Try again; if it lasts, tell the people who run it the id in the address of this page.',
  },
  temporarily_unavailable: {
    where: 'Authorization endpoint',
    meaning: 'the server is busy.',
    help: 'Try again after some seconds.',
  },
  invalid_token: {
    where: 'Presenting a token',
    meaning: 'the access token is missing, unknown, expired or revoked (RFC 6750 3.1).',
    help: 'Send `Authorization: Bearer` and a fresh access token.',
  },
  insufficient_scope: {
    where: 'Presenting a token',
    meaning: 'the access token lacks a scope, or stands for no person.',
    help: 'Ask for the scope when the person signs in.',
  },
};

export const GENERIC_SECTIONS = ['Token endpoint', 'Authorization endpoint', 'Presenting a token'] as const;
