/**
 * One colour of somebody's choice becomes the few that the stylesheet needs, in light and in dark: as near to it as
 * text stays legible (WCAG 1.4.3) on everything it stands on.
 */

/** Red, green and blue from 0 to 255. */
type Rgb = readonly [number, number, number];

export interface Accent {
  /** Of links, and of buttons under text in `ink`. */
  accent: string;
  hover: string;
  ink: string;
  /** Behind text, in `accent` too. */
  soft: string;
}

const LEGIBLE = 4.5;
const STEP = 0.02;

interface Scheme {
  /** What accented text stands on: --ground, --ground-deep, --surface and --surface-sunk of latchkey.css. */
  grounds: readonly string[];
  surface: string;
  ink: string;
  /** Where a colour moves to until it can be read. */
  away: string;
}

export const SCHEMES: Record<'light' | 'dark', Scheme> = {
  light: {
    grounds: ['#f2f5f2', '#e6ece7', '#ffffff', '#f7f9f7'],
    surface: '#ffffff',
    ink: '#ffffff',
    away: '#000000',
  },
  dark: {
    grounds: ['#0f1513', '#151d1a', '#18211d', '#121a17'],
    surface: '#18211d',
    ink: '#0f1513',
    away: '#ffffff',
  },
};

const COLOR = /^#[0-9a-f]{6}$/;

/** @returns the colour as it is kept, or undefined when it is none such as #0e5a4b */
export function readColor(text: string): string | undefined {
  const color = text.trim().toLowerCase();
  return COLOR.test(color) ? color : undefined;
}

function toRgb(color: string): Rgb {
  const number = Number.parseInt(color.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

function mix(color: string, other: string, share: number): string {
  const [from, to] = [toRgb(color), toRgb(other)];
  const channels = from.map((channel, index) => Math.round(channel + (to[index]! - channel) * share));
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

/** Relative luminance, WCAG 2.2. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = toRgb(color).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** From 1 to 21. */
export function contrast(color: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(color), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

const softOf = (accent: string, { surface }: Scheme) => mix(surface, accent, 0.1);

function isLegible(accent: string, scheme: Scheme): boolean {
  return [...scheme.grounds, softOf(accent, scheme)].every((ground) => contrast(accent, ground) >= LEGIBLE);
}

/** @param color as readColor returns it */
export function accentOf(color: string, name: keyof typeof SCHEMES): Accent {
  const scheme = SCHEMES[name];
  let share = 0;
  while (share < 1 && !isLegible(mix(color, scheme.away, share), scheme)) share += STEP;
  const accent = mix(color, scheme.away, Math.min(share, 1));
  return {
    accent,
    hover: mix(accent, scheme.away, 0.25),
    ink: scheme.ink,
    soft: softOf(accent, scheme),
  };
}

/** The class of what is shown in a colour: the page, or the part of it that is an application's. */
export const colorClass = (color: string): string => `color-${color.slice(1)}`;

/** A stylesheet that comes after latchkey.css. */
export function colorSheet(color: string): string {
  const rules = (name: keyof typeof SCHEMES) => {
    const { accent, hover, ink, soft } = accentOf(color, name);
    return `.${colorClass(color)} { --accent: ${accent}; --accent-hover: ${hover}; --accent-ink: ${ink}; --accent-soft: ${soft}; --mark: ${accent}; }`;
  };
  return `${rules('light')}\n@media (prefers-color-scheme: dark) { ${rules('dark')} }\n`;
}
