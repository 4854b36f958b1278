/** What the load generator knows of a server under test, and what the two processes tell each other. */

export const OPERATIONS = [
  'client_credentials',
  'refresh',
  'sign-in',
  'profile',
  'introspect',
  'password',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** Somebody signed in at a browser, with a chain of refresh tokens of their own. */
export interface Person {
  username: string;
  password: string;
  /** The Cookie header of the browser they are signed in at. */
  cookies: string;
  /** The live end of the chain; the load generator goes on from it. */
  refreshToken: string;
}

export interface Client {
  id: string;
  secret: string;
  redirectUri: string;
}

export interface Target {
  name: string;
  /** As the server knows itself; connections are made to 127.0.0.1. */
  origin: string;
  paths: { authorize: string; token: string; introspect: string; profile: string };
  /** An application of Django OAuth Toolkit has one grant; elsewhere it is the same one three times. */
  clients: { code: Client; clientCredentials: Client; password: Client };
  /** What sign-ins ask for. */
  scope: string;
  /** One for each connection. */
  people: Person[];
  /** Live ones, asked about by `profile` and `introspect`. */
  accessTokens: string[];
  operations: readonly OperationName[];
}

/** One stretch of load. */
export interface Slice {
  target: string;
  operation: OperationName;
  /** Ends after so many seconds, or after so many operations. */
  end: { seconds: number } | { operations: number };
  /** Operations per second that are begun; as many as the server answers when missing. */
  rate?: number;
}

export interface SliceResult {
  operations: number;
  seconds: number;
  /** Milliseconds. */
  latencies: Float64Array;
  /** CPU seconds of the load generator. */
  cpuSeconds: number;
}

export type LoadRequest = { prepare: Target } | { run: Slice };
export type LoadAnswer =
  | { prepared: true }
  | { result: SliceResult }
  | { wrongAnswer: string }
  | { failure: string };
