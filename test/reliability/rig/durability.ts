/**
 * Whether a database waits for the disk before it says that something is stored. No ledger would notice that it does not:
 * kill -9 of every process leaves what they wrote in the kernel's memory, and only a power cut would take it.
 */
import type { Database } from '../../../src/database/database.js';
import type { Figure } from '../experiment.js';

const SETTINGS = ['fsync', 'synchronous_commit', 'full_page_writes'] as const;

export type Durability = Record<(typeof SETTINGS)[number], string>;

/** As they are for a connection of the product's own. */
export async function readDurability({ knex }: Database): Promise<Durability> {
  const columns = SETTINGS.map((name) => `current_setting('${name}') AS ${name}`);
  const { rows } = await knex.raw<{ rows: Durability[] }>(`SELECT ${columns.join(', ')}`);
  return rows[0]!;
}

export const durabilityFigures = (durability: Durability): Figure[] =>
  SETTINGS.map((name) => ({ what: name, value: durability[name], bar: { is: 'on' } }));
