/** Where logos and colours are served. What is at such an address never changes, so browsers keep it for ever. */
import { createHash } from 'node:crypto';
import { colorSheet } from './colors.js';
import type { Picture, PictureType } from './picture.js';

const EXTENSIONS: Record<PictureType, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/svg+xml': 'svg',
};

export function pictureUrl({ hash, type }: Pick<Picture, 'hash' | 'type'>): string {
  return `/branding/${hash}.${EXTENSIONS[type]}`;
}

/** Another version of Latchkey may make other colours of it, at another address. */
export function colorUrl(color: string): string {
  const version = createHash('sha256').update(colorSheet(color)).digest('hex').slice(0, 8);
  return `/branding/${color.slice(1)}.css?v=${version}`;
}
