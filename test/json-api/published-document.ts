/** The OpenAPI document as the server publishes it, and its schemas as checks. */
import { z } from 'zod';

interface PublishedOperation {
  operationId: string;
  security: Record<string, string[]>[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

export interface Published extends PublishedOperation {
  /** As `POST /api/account/session`. */
  name: string;
  method: string;
  path: string;
}

export interface PublishedDocument {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, PublishedOperation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
}

export async function fetchDocument(base: string, name = 'openapi.json'): Promise<PublishedDocument> {
  const response = await fetch(`${base}/api/${name}`);
  return (await response.json()) as PublishedDocument;
}

export function operationsOf({ paths }: PublishedDocument): Published[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      ...operation,
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
    })),
  );
}

/** What the document says of the body with which this status is answered; undefined for an empty one. */
export function answerSchema(
  { components }: PublishedDocument,
  operation: Published,
  status: number,
): z.ZodType | undefined {
  const response = operation.responses[status];
  if (!response) throw new Error(`${operation.name} may not answer ${status}`);
  const schema = response.content?.['application/json']?.schema;
  if (!schema) return undefined;
  const whole = JSON.stringify({ ...schema, $defs: components.schemas });
  return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')));
}

/** A path with something in each of its parameters. */
export const fillIn = (path: string, value = '999999'): string => path.replaceAll(/\{\w+\}/g, value);
