/**
 * A TCP proxy before PostgreSQL that makes its line slow, dead, or broken at exactly one statement. It reads just
 * enough of the protocol (PostgreSQL manual, "Message Formats") to know where a statement begins and where its answer
 * ends: what a client sends up to a Sync or a simple Query is one statement and one round trip.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface StatementFault {
  /** The how-manieth statement from now on, over all connections; 1 is the next one. */
  statement: number;
  /** 'before': the database never sees the statement. 'after': it has run it, and the answer is lost. */
  when: 'before' | 'after';
}

export interface DatabaseProxy {
  /** The URL given, with the proxy's port in place of the database's. */
  url: string;
  /** Adds these milliseconds to every round trip from now on. */
  delay(milliseconds: number): void;
  /** Drops every byte from now on, without closing anything: a firewall that has forgotten the connections. */
  swallow(): void;
  /** New connections work again; those that have lost bytes stay dead and silent, as behind that firewall. */
  mend(): void;
  /** Cuts the connection of that one statement. */
  breakAt(fault: StatementFault): void;
  /** Takes the fault back. @returns the statement it fell on: its name or its text; undefined when it was not reached */
  endFault(): string | undefined;
  /** Statements of requests seen since the proxy was started. */
  statements(): number;
  stop(): Promise<void>;
}

interface Message {
  /** Empty for the first message of a client, which has no type. */
  type: string;
  bytes: Buffer;
}

/** Cuts a stream into messages: a type of one byte, four bytes of length that count themselves, the body. */
function createMessageReader({ startsWithoutType }: { startsWithoutType: boolean }) {
  let rest = Buffer.alloc(0);
  let typeLength = startsWithoutType ? 0 : 1;
  return (chunk: Buffer): Message[] => {
    rest = Buffer.concat([rest, chunk]);
    const messages: Message[] = [];
    while (rest.length >= typeLength + 4) {
      const length = typeLength + rest.readUInt32BE(typeLength);
      if (rest.length < length) break;
      messages.push({ type: rest.toString('latin1', 0, typeLength), bytes: rest.subarray(0, length) });
      rest = rest.subarray(length);
      typeLength = 1;
    }
    return messages;
  };
}

// Parse, Bind, Describe, Execute, Close, Flush: the parts of a statement that a Sync ends.
const PARTS = 'PBDECH';
const ENDS = 'SQ';

/** The name of a prepared statement, or the text of one that has none. */
function describeStatement(parts: Message[]): string {
  const [first] = parts;
  if (!first) return '';
  const strings = first.bytes.toString('utf8', 5).split('\0');
  // Parse: name, text. Bind: portal, name. Query: text.
  const [one = '', two = ''] = strings;
  const text = first.type === 'B' ? two : one || two;
  return text.replace(/\s+/g, ' ').slice(0, 60);
}

// What a server asks by itself now and then (tokens/outages.ts, engine/keys/live-keys.ts), or writes down after the answer (the
// counters and steps of applications, the uses of sessions and secrets): it would be taken for a statement of the request that
// is under way.
const OF_NO_REQUEST = new RegExp(
  `^(${[
    'outages-beat',
    'WITH last AS',
    'select \\* from "signing_keys"',
    'INSERT INTO (application_counters|sign_in_steps)',
    'session-note-use',
    'WITH free AS \\(SELECT id FROM client_secrets',
  ].join('|')})`,
);

interface Line {
  delay: number;
  isSwallowing: boolean;
  statements: number;
  fault: (StatementFault & { at: number; fellOn?: string }) | undefined;
}

function joinThrough(client: Socket, database: Socket, line: Line): void {
  let hasLostBytes = false;
  let isAnswerLost = false;
  // The greeting ends in a ReadyForQuery as well.
  let answersDue = 1;
  const cut = () => {
    client.destroy();
    database.destroy();
  };
  const send = (bytes: Buffer) => {
    if (line.delay) setTimeout(() => database.writable && database.write(bytes), line.delay);
    else database.write(bytes);
  };

  let parts: Message[] = [];
  const forwardStatement = () => {
    const isOfRequest = !OF_NO_REQUEST.test(describeStatement(parts));
    if (isOfRequest) line.statements += 1;
    answersDue += 1;
    const statement = parts;
    parts = [];
    const fault = isOfRequest ? line.fault : undefined;
    if (fault && !fault.fellOn && line.statements === fault.at) {
      fault.fellOn = describeStatement(statement);
      if (fault.when === 'before') return cut();
      isAnswerLost = true;
    }
    send(Buffer.concat(statement.map(({ bytes }) => bytes)));
  };

  const readClient = createMessageReader({ startsWithoutType: true });
  client.on('data', (chunk) => {
    if (line.isSwallowing) hasLostBytes = true;
    if (hasLostBytes) return;
    for (const message of readClient(chunk)) {
      if (![...PARTS, ...ENDS].includes(message.type)) send(message.bytes);
      else {
        parts.push(message);
        if (ENDS.includes(message.type)) forwardStatement();
      }
    }
  });

  const readDatabase = createMessageReader({ startsWithoutType: false });
  database.on('data', (chunk) => {
    if (line.isSwallowing) hasLostBytes = true;
    if (hasLostBytes) return;
    if (!isAnswerLost) client.write(chunk);
    // ReadyForQuery: a statement is done and, outside of a transaction, committed.
    answersDue -= readDatabase(chunk).filter(({ type }) => type === 'Z').length;
    if (isAnswerLost && answersDue === 0) cut();
  });

  for (const [end, other] of [
    [client, database],
    [database, client],
  ] as const) {
    end.on('error', () => other.destroy());
    // A line that has lost bytes does not tell its ends that the other is gone either.
    end.on('close', () => hasLostBytes || other.destroy());
  }
}

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const line: Line = { delay: 0, isSwallowing: false, statements: 0, fault: undefined };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const database = connect({ host: target.hostname, port: Number(target.port || 5432), noDelay: true });
    client.setNoDelay(true);
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    joinThrough(client, database, line);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${port}` }).href,
    delay(milliseconds) {
      line.delay = milliseconds;
    },
    swallow() {
      line.isSwallowing = true;
    },
    mend() {
      line.isSwallowing = false;
    },
    breakAt(fault) {
      line.fault = { ...fault, at: line.statements + fault.statement };
    },
    endFault() {
      const fellOn = line.fault?.fellOn;
      line.fault = undefined;
      return fellOn;
    },
    statements: () => line.statements,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
