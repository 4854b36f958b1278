/**
 * What a developer of one stack pastes to connect an application: files and settings with the real ids and URLs filled
 * in. One file per stack in stacks/, listed in stacks/index.ts; each is run by a test in test/applications/connect that takes it from the page.
 */
import { randomBytes } from 'node:crypto';
import type { Application } from '../application.js';
import type { Endpoints } from '../endpoints.js';

/** What the snippets are filled in with. */
export interface Connection {
  application: Application;
  endpoints: Endpoints;
  /** A secret that was just made, or the placeholder CLIENT_SECRET; '' for a public client. */
  secret: string;
  /** Where the developer's own site is, without a trailing slash: http://localhost:8000 */
  site: string;
  /** What the application may ask for. */
  scopes: string[];
}

export interface Snippet {
  /** Where it goes: 'settings.py', or a few words ('a terminal'). Tests and downloads find it by this. */
  file: string;
  text: string;
  /** A sentence above it, where the file's name does not say it all. */
  sentence?: string;
  /** Offered as a file to download, of this media type. */
  download?: string;
  /** As for the whole stack below, when only this snippet is run by no test. */
  notRunBecause?: string;
}

export const FAMILIES = ['Python', 'JavaScript', 'Java', 'Proxies', 'Tools'] as const;

export interface Stack {
  /** In the address of its page: 'django-allauth'. */
  name: string;
  /** 'django-allauth, custom provider' */
  title: string;
  family: (typeof FAMILIES)[number];
  /** A sentence: what it is, and with which version the snippets were run. */
  sentence: string;
  /** Where the stack's own site usually is while it is developed; undefined: it has none, such as a service. */
  usualSite?: string;
  /** Why the application cannot be used with this stack as it is, in a sentence; undefined when it can. */
  findObstacle?(application: Application): string | undefined;
  /** The exact redirect URI this stack sends. */
  redirectUriOf?(site: string): string;
  snippetsFor(connection: Connection): Snippet[];
  /** A sentence: why no test runs the snippets (it needs a hosted service, say). Shown on the page. */
  notRunBecause?: string;
}

/** Those of the wanted scopes that the application may ask for, as OAuth writes them: 'openid profile'. */
export function scopeOf({ scopes }: Pick<Connection, 'scopes'>, wanted: string[]): string {
  return wanted.filter((scope) => scopes.includes(scope)).join(' ');
}

/** The port the developer's program listens on: that of the site, or 3000 behind a proxy. */
export function portOf(site: string): string {
  return new URL(site).port || '3000';
}

/** For the snippets with a secret of freshSecret(). */
export const FRESH_SECRET_SENTENCE =
  'The secret of the session cookie was made for this page, and is kept nowhere here.';

/** A secret of the developer's own site, such as a cookie's: 32 bytes in base64url. */
export function freshSecret(): string {
  return randomBytes(32).toString('base64url');
}
