/** What views/json-api/docs.ejs shows of the OpenAPI document: its operations and the objects they speak of. */
import type { oas31 } from 'zod-openapi';
import type { ApiDocument } from './openapi.js';

type Schema = oas31.SchemaObject | oas31.ReferenceObject;

interface Field {
  name: string;
  type: string;
  isRequired: boolean;
  description: string | undefined;
}

interface Answer {
  status: string;
  description: string;
  /** The names of the objects it may hold. */
  shapes: string[];
  isRefusal: boolean;
}

interface ShownOperation {
  method: string;
  path: string;
  tag: string;
  summary: string;
  description: string | undefined;
  who: string;
  fields: Field[];
  answers: Answer[];
}

export interface DocsPage {
  title: string;
  introduction: string;
  tags: { name: string; operations: ShownOperation[] }[];
  shapes: { name: string; description: string | undefined; fields: Field[] }[];
}

const isReference = (schema: Schema): schema is oas31.ReferenceObject => '$ref' in schema;
const nameIn = ({ $ref }: oas31.ReferenceObject) => $ref.split('/').at(-1)!;

function typeOf(schema: Schema): string {
  if (isReference(schema)) return nameIn(schema);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return alternatives.map((each) => typeOf(each)).join(' or ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === 'array' && schema.items) return `list of ${typeOf(schema.items as Schema)}`;
  if (schema.format) return `${schema.type}, ${schema.format}`;
  return String(schema.type ?? 'anything');
}

function shapesOf(schema: Schema | undefined): string[] {
  if (!schema) return [];
  if (isReference(schema)) return [nameIn(schema)];
  return (schema.oneOf ?? schema.anyOf ?? []).flatMap((each) => shapesOf(each as Schema));
}

function fieldsOf(schema: Schema | undefined): Field[] {
  if (!schema || isReference(schema)) return [];
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    type: typeOf(property as Schema),
    isRequired: schema.required?.includes(name) ?? false,
    description: (property as { description?: string }).description,
  }));
}

const schemaOf = (holder: { content?: oas31.ContentObject } | undefined): Schema | undefined =>
  holder?.content?.['application/json']?.schema as Schema | undefined;

function whoMay({ security = [] }: oas31.OperationObject): string {
  if (!security.length) return 'Anybody.';
  if (security.every((way) => 'token' in way)) return 'A script with an API token.';
  return security.some((way) => 'token' in way)
    ? 'The person signed in, or the bearer of an access token.'
    : 'The person signed in.';
}

function showOperation(
  path: string,
  method: string,
  operation: oas31.OperationObject,
  named: (schema: Schema | undefined) => Schema | undefined,
): ShownOperation {
  const body = schemaOf(operation.requestBody as oas31.RequestBodyObject | undefined);
  const answers = Object.entries(operation.responses ?? {}).map(([status, response]) => {
    const schema = schemaOf(response as oas31.ResponseObject);
    return {
      status,
      description: (response as oas31.ResponseObject).description,
      shapes: shapesOf(schema),
      isRefusal: Number(status) >= 400,
    };
  });
  return {
    method: method.toUpperCase(),
    path,
    tag: operation.tags?.[0] ?? '',
    summary: operation.summary ?? '',
    description: operation.description,
    who: whoMay(operation),
    fields: fieldsOf(named(body)),
    answers,
  };
}

export function describeDocsPage(document: ApiDocument): DocsPage {
  const schemas = document.components?.schemas ?? {};
  const named = (schema: Schema | undefined) =>
    schema && isReference(schema) ? (schemas[nameIn(schema)] as Schema | undefined) : schema;
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item).map(([method, each]) =>
      showOperation(path, method, each as oas31.OperationObject, named),
    ),
  );
  return {
    title: document.info.title,
    introduction: document.info.description ?? '',
    tags: (document.tags ?? []).map(({ name }) => ({
      name,
      operations: operations.filter(({ tag }) => tag === name),
    })),
    shapes: Object.entries(schemas).map(([name, schema]) => ({
      name,
      description: (schema as oas31.SchemaObject).description,
      fields: fieldsOf(schema as Schema),
    })),
  };
}
