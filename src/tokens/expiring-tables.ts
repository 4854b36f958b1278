/** Tables cleaned row by row, with the column that says when a row is over. */
export const EXPIRING = {
  access_tokens_0: 'expires_at',
  refresh_tokens_0: 'expires_at',
  authorization_codes_0: 'expires_at',
  grants: 'expires_at',
  sessions: 'expires_at',
  interactions: 'expires_at',
  device_codes: 'expires_at',
  one_time_links: 'expires_at',
  personal_tokens: 'expires_at',
  passkey_challenges: 'expires_at',
  throttles: 'resets_at',
  outgoing_mails: 'leaves_at',
  imported_records: 'expires_at',
  remembered_browsers: 'expires_at',
  pending_sign_ins: 'expires_at',
} as const;
