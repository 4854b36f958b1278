/** The file of people who keep their applications in git: YAML (or JSON, which is YAML), checked as a whole before anything is done. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../http/errors.js';
import { settingsDocument } from '../settings/document.js';

const entrySchema = settingsDocument.extend({
  client_id: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,255}$/, 'has letters, digits, dots, hyphens and underscores only'),
  /** A username. */
  owner: z.string().optional(),
  /** In the place of an owner: the name of a team, or the number of one. */
  team: z.union([z.string(), z.int().positive()]).optional(),
  /** A file, from the folder of this one, that holds the secret of a confidential client and nothing else. */
  client_secret_file: z.string().optional(),
  state: z.enum(['present', 'absent']).default('present'),
});

const fileSchema = z.strictObject({ applications: z.array(entrySchema) });

export type WantedApplication = z.infer<typeof entrySchema> & {
  /** What client_secret_file holds. */
  secret?: string;
};

/** Below it, a secret could be guessed: it is stored under a fast hash, as random ones are. */
const SHORTEST_SECRET = 32;

async function readSecret(folder: string, file: string): Promise<string> {
  const secret = (await readFile(resolve(folder, file), 'utf8')).trim();
  if (secret.length >= SHORTEST_SECRET && /^[\x21-\x7e]+$/.test(secret)) return secret;
  throw new AppError(
    422,
    'secret_refused',
    `${file} has to hold one secret of at least ${SHORTEST_SECRET} visible characters, chosen at random: openssl rand -hex 32`,
  );
}

function parseText(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new AppError(422, 'file_refused', `${file} is not YAML: ${(error as Error).message}`);
  }
}

/** @throws AppError 422 with everything that is wrong with the file, by where it stands */
export async function readApplications(file: string): Promise<WantedApplication[]> {
  const checked = fileSchema.safeParse(parseText(file, await readFile(file, 'utf8')));
  if (!checked.success) {
    const problems = checked.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
    );
    throw new AppError(422, 'file_refused', `${file} is refused. ${problems.join('; ')}`);
  }
  const { applications } = checked.data;
  const ids = applications.map(({ client_id: id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice) throw new AppError(422, 'file_refused', `${file} has ${twice} twice.`);
  return Promise.all(
    applications.map(async (wanted) =>
      wanted.client_secret_file === undefined
        ? wanted
        : { ...wanted, secret: await readSecret(dirname(file), wanted.client_secret_file) },
    ),
  );
}
