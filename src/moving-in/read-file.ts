/** Files that other servers write, read with a word on what is wrong with them. */
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { AppError } from '../http/errors.js';

export const refused = (message: string) => new AppError(422, 'source_refused', message);

function parse<T>(schema: z.ZodType<T>, text: string, where: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused(`${where} is no JSON.`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refused(`${where} is ${what}: ${z.prettifyError(parsed.error)}`);
}

/** One object on each line. @param what completes "Line 3 of file is ..." for a line that is not as it should be */
export async function* readLines<T>(
  path: string,
  schema: z.ZodType<T>,
  what: string,
): AsyncIterable<{ number: number; line: T }> {
  let number = 0;
  for await (const text of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number++;
    if (text.trim()) yield { number, line: parse(schema, text, `Line ${number} of ${path}`, what) };
  }
}

/** A file that is one object. @param what as above */
export function readObject<T>(path: string, schema: z.ZodType<T>, what: string): T {
  return parse(schema, readFileSync(path, 'utf8'), path, what);
}
