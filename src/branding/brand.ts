/** How the server looks to people, as its operator has set it. */
import { pictureUrl } from './addresses.js';
import { accentOf } from './colors.js';
import type { Picture } from './picture.js';

export interface Brand {
  name: string;
  logo: Picture | undefined;
  /** As #0e5a4b; undefined: the colours of the stylesheet. */
  color: string | undefined;
}

export const OWN_BRAND: Brand = { name: 'Latchkey', logo: undefined, color: undefined };

/** For views/layout.ejs and views/partials/logo.ejs. */
export interface BrandOnPages {
  name: string;
  logoUrl: string | undefined;
  color: string | undefined;
  /** The name is the product's own. */
  isOurs: boolean;
}

export function brandOnPages({ name, logo, color }: Brand): BrandOnPages {
  return {
    name,
    logoUrl: logo && pictureUrl(logo),
    color,
    isOurs: name === OWN_BRAND.name,
  };
}

/** A mail has no stylesheet, and is always on white. */
export function brandOfMails({ name, color }: Brand): { name: string; accent: string } {
  return { name, accent: color ? accentOf(color, 'light').accent : '#0e5a4b' };
}
