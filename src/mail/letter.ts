import type { Language } from '../languages/languages.js';

/** What a mail says, before it is laid out as text and as HTML (views/mails). */
export interface Letter {
  language: Language;
  subject: string;
  /** Paragraphs before the code and the button. */
  lines: string[];
  /** Six digits, for somebody who reads their mail on another device. */
  code?: string;
  /** The one thing to do, as a button; its URL begins with the issuer. */
  action?: { label: string; url: string };
  /** Paragraphs after them, in smaller print: how long it works, what to do if it was somebody else. */
  closing: string[];
}
