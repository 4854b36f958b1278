import { DEVICE_CODE, type GrantType } from '../application.js';

/** How the portal names and explains the grants, in the order of the form. */
export const GRANT_LABELS: Record<GrantType, { label: string; sentence: string }> = {
  authorization_code: {
    label: 'Authorization code',
    sentence: 'People sign in on a page of this server. What websites and apps use.',
  },
  refresh_token: {
    label: 'Refresh token',
    sentence: 'People stay signed in when an access token has expired.',
  },
  client_credentials: {
    label: 'Client credentials',
    sentence: 'The application acts for itself, without a person. Confidential clients only.',
  },
  [DEVICE_CODE]: {
    label: 'Device code',
    sentence: 'For televisions and command lines: people sign in on another device.',
  },
  password: {
    label: 'Password',
    sentence:
      'The application itself asks people for their password. Only for old clients that know nothing better.',
  },
};
