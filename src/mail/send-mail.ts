/** One mail to the mail server, over a connection of its own: mails are rare, and a connection kept may have gone stale. */
import { Readable } from 'node:stream';
import type { SendMailOptions } from 'nodemailer';

export interface SmtpSettings {
  /** smtp:// or smtps://, with user and password where the server wants them */
  url: string;
  /** The From address, with or without a name. */
  from: string;
}

/** Milliseconds. */
export interface SmtpPatience {
  connection: number;
  /** For each answer, the one after the mail itself included. */
  answer: number;
}

interface SmtpError extends Error {
  code?: string;
  /** Of the server's answer, when there was one. */
  responseCode?: number;
  /** The SMTP command that failed. */
  command?: string;
}

export type SendResult =
  | { outcome: 'sent' }
  /** 'unknown': the mail was on its way and no answer came, so that it may have been taken. */
  | { outcome: 'later' | 'refused' | 'unknown'; reason: string };

/** What the operator needs; the server's own words may repeat the mail or the address. */
function describe({ code, responseCode, command }: SmtpError): string {
  return [code ?? 'ESMTP', responseCode, command].filter(Boolean).join(' ');
}

/** 5yz to the recipient or the mail itself (RFC 5321 4.2.1); a refused sign-in is the operator's to mend. */
const isRefusedForGood = ({ code, responseCode = 0 }: SmtpError): boolean =>
  responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');

/** The library is loaded for the first mail: many a server sends none, and the others need not wait for it to start. */
async function openTransport(smtp: SmtpSettings, { connection, answer }: SmtpPatience) {
  const { createTransport } = await import('nodemailer');
  return createTransport({
    url: smtp.url,
    connectionTimeout: connection,
    greetingTimeout: connection,
    socketTimeout: answer,
    // A mail is made of our own templates; nothing in it may name a file or a URL to be fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

export async function sendMail(
  smtp: SmtpSettings,
  patience: SmtpPatience,
  mail: Omit<SendMailOptions, 'from'>,
): Promise<SendResult> {
  const transport = await openTransport(smtp, patience);
  // nodemailer does not say at which command a connection broke. The mail is read only once the server has asked for it.
  let hasBegun = false;
  transport.use('stream', ({ message }, done) => {
    const read = message.createReadStream.bind(message);
    message.createReadStream = () =>
      Readable.from(
        (async function* () {
          hasBegun = true;
          yield* read();
        })(),
      );
    done();
  });
  try {
    await transport.sendMail({ ...mail, from: smtp.from });
    return { outcome: 'sent' };
  } catch (cause) {
    const error = cause as SmtpError;
    const reason = describe(error);
    if (isRefusedForGood(error)) return { outcome: 'refused', reason };
    return { outcome: hasBegun && error.responseCode === undefined ? 'unknown' : 'later', reason };
  }
}

/** @throws Error when the mail server cannot be reached or does not let us in */
export async function checkMailServer(smtp: SmtpSettings, patience: SmtpPatience): Promise<void> {
  const transport = await openTransport(smtp, patience);
  await transport.verify();
}
