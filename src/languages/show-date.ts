import { dateLocale, type Language } from './languages.js';

/** As '23 November 2026 at 22:10 UTC': the server knows nobody's clock. */
export function showDate(date: Date, language: Language): string {
  const form = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const;
  return `${date.toLocaleString(dateLocale(language), form)} UTC`;
}
