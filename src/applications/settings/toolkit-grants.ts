/** The grants as Django OAuth Toolkit names them, whose forms scripts still fill in and whose sites move here. */
import type { GrantType } from '../application.js';

/** Of its `authorization_grant_type`, which is one: those that it stands for, refreshing among them. */
export const GRANTS_OF_TOOLKIT = new Map<string, GrantType[]>([
  ['authorization-code', ['authorization_code', 'refresh_token']],
  ['openid-hybrid', ['authorization_code', 'refresh_token']],
  ['password', ['password', 'refresh_token']],
  ['client-credentials', ['client_credentials']],
]);
