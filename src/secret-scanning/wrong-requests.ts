/** What those who write a scanner read. */
import { AppError } from '../http/errors.js';

export const MOST_ALERTS = 100;

export function notAlerts(): AppError {
  return new AppError(422, 'not_alerts', 'What was sent is no list of found secrets.', {
    hint: `Send a JSON array of 1 to ${MOST_ALERTS} objects such as {"token": "...", "type": "client_secret", "url": "https://..."}.`,
  });
}

export function tooManyReports(retryAfter: number): AppError {
  return new AppError(429, 'too_many', 'Too many reports from this network within an hour.', {
    headers: { 'Retry-After': String(retryAfter) },
  });
}
