/** The API as OpenAPI 3.1, made from the operations themselves. */
import { z } from 'zod';
import { createDocument, type oas31, type ZodOpenApiOperationObject } from 'zod-openapi';
import type { Access, Operation } from './operation.js';
import { refusalShape } from './refusals.js';

/** Names of the security schemes; each entry of a list is one way in. */
const WAYS_IN: Record<Access, Record<string, string[]>[]> = {
  anybody: [],
  'signed-in': [{ session: [] }],
  'recently-signed-in': [{ session: [] }],
  'token-too': [{ session: [] }, { token: [] }],
  'api-token': [{ token: [] }],
};

const isSafe = ({ method }: Operation) => method === 'get';
const sendsJson = ({ method }: Operation) => method === 'post' || method === 'patch';

/** Why an operation may be refused whatever it does, by status. */
function commonRefusals(operation: Operation): [status: number, when: string][] {
  const { path, body, query, access, isForUnverified } = operation;
  const isByScript = access === 'api-token';
  const reasons: [boolean, number, string][] = [
    [sendsJson(operation), 400, 'What was sent is not a JSON object.'],
    [isByScript, 401, 'The API token is missing, unknown, revoked or has expired.'],
    [access !== 'anybody' && !isByScript, 401, 'Nobody is signed in.'],
    [isByScript, 403, 'The API token may not do this.'],
    [!isSafe(operation) && !isByScript, 403, 'The request comes from another site.'],
    [access !== 'token-too' && !isByScript, 403, 'An access token was sent, which cannot do this.'],
    [
      access !== 'anybody' && !isByScript && !isForUnverified,
      403,
      'The email address has to be confirmed first, where that is required.',
    ],
    [access === 'recently-signed-in', 403, 'The sign-in is older than ten minutes: confirm it first.'],
    [
      path.includes('{'),
      404,
      isByScript ? 'There is no such thing that the token may see.' : 'The person has no such thing.',
    ],
    [sendsJson(operation), 413, 'More than 64 kB were sent.'],
    [sendsJson(operation), 415, 'The Content-Type is not application/json.'],
    [
      body !== undefined || query !== undefined,
      422,
      'A field is missing, unknown or not accepted; `fields` names it.',
    ],
    [true, 503, 'The server is busy; Retry-After says when to try again.'],
  ];
  return reasons.filter(([applies]) => applies).map(([, status, when]) => [status, when]);
}

/** Those of its own come first. */
function refusalsOf(operation: Operation): Record<string, string> {
  const own = Object.entries(operation.refusals ?? {}).map(
    ([status, when]) => [Number(status), when] as const,
  );
  const all = new Map<number, string>();
  for (const [status, when] of [...own, ...commonRefusals(operation)])
    all.set(status, [all.get(status), when].filter(Boolean).join(' '));
  return Object.fromEntries(all);
}

const asJson = (schema: NonNullable<Operation['body']>) => ({ content: { 'application/json': { schema } } });

function pathParameters(path: string): NonNullable<ZodOpenApiOperationObject['parameters']> {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    in: 'path',
    name: name!,
    required: true,
    schema: { type: 'string' },
  }));
}

/** `post /api/account/sign-up` becomes postSignUp: the name of a function in generated clients. */
function nameOf({ method, path }: Operation): string {
  const words = path
    .replace(/^\/api\/(account\/)?/, '')
    .split(/[^a-z]+/)
    .filter(Boolean);
  return method + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}

function describeOperation(operation: Operation): ZodOpenApiOperationObject {
  const { tag, summary, description, path, access, body, query, answers } = operation;
  const answered = Object.entries(answers).map(([status, schema]) => [
    status,
    { description: schema ? 'Done.' : 'Done; the answer is empty.', ...(schema ? asJson(schema) : {}) },
  ]);
  const refused = Object.entries(refusalsOf(operation)).map(([status, when]) => [
    status,
    { description: when, ...asJson(refusalShape) },
  ]);
  return {
    operationId: nameOf(operation),
    tags: [tag],
    summary,
    ...(description ? { description } : {}),
    security: WAYS_IN[access],
    parameters: pathParameters(path),
    ...(query instanceof z.ZodObject ? { requestParams: { query } } : {}),
    ...(body ? { requestBody: { required: true, ...asJson(body) } } : {}),
    responses: Object.fromEntries([...answered, ...refused]),
  };
}

export interface About {
  title: string;
  description: string;
  issuer: string;
  securitySchemes: NonNullable<
    NonNullable<Parameters<typeof createDocument>[0]['components']>['securitySchemes']
  >;
}

export type ApiDocument = oas31.OpenAPIObject;

export function describeApi(
  operations: Operation[],
  { title, description, issuer, securitySchemes }: About,
): ApiDocument {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const each of operations)
    paths[each.path] = { ...paths[each.path], [each.method]: describeOperation(each) };
  return createDocument({
    openapi: '3.1.0',
    info: { title, version: '1', description },
    servers: [{ url: new URL(issuer).origin }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: { securitySchemes },
  });
}
