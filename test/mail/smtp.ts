/** A mail server that behaves as a test wants it to. */
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  to: string;
  messageId: string | undefined;
  parsed: ParsedMail;
}

/** How the next mails are treated; 'cut': taken, and the connection breaks instead of the answer. */
export type Mood = 'takes' | 'later' | 'refuses' | 'cut' | 'silent';

export interface TestSmtp {
  port: number;
  url: string;
  received: ReceivedMail[];
  /** Mails of which the server has begun to read. */
  begun: number;
  mood: Mood;
  stop(): Promise<void>;
}

function answerWith(code: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode: code });
}

/** @param port 0 for any; one that was used before brings a server back */
export async function startSmtp(port = 0): Promise<TestSmtp> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    onRcptTo(_address, _session, done) {
      if (smtp.mood === 'refuses') return done(answerWith(550, 'no such user'));
      if (smtp.mood === 'later') return done(answerWith(451, 'try again later'));
      done();
    },
    onData(stream, session, done) {
      smtp.begun++;
      const { mood } = smtp;
      simpleParser(stream).then((parsed) => {
        if (mood === 'silent') return;
        const to = session.envelope.rcptTo.map(({ address }) => address).join();
        smtp.received.push({ to, messageId: parsed.messageId, parsed });
        if (mood === 'takes') return done();
        for (const connection of server.connections)
          (connection as unknown as { _socket: { destroy(): void } })._socket.destroy();
      }, done);
    },
  });
  server.on('error', () => {});
  const smtp: TestSmtp = {
    port: 0,
    url: '',
    received: [],
    begun: 0,
    mood: 'takes',
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  smtp.port = (server.server.address() as AddressInfo).port;
  smtp.url = `smtp://127.0.0.1:${smtp.port}`;
  return smtp;
}
