import type { ClientSecret } from '../application.js';

/** At the beginning of a sentence: by its name and its last letters, as far as it has them. */
export function nameSecret({ name, hint }: Pick<ClientSecret, 'name' | 'hint'>): string {
  const ending = hint ? ` ending in ${hint}` : '';
  return name ? `The secret “${name}”${ending && `,${ending},`}` : `The secret${ending || ' that moved in'}`;
}
