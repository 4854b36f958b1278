/** The database of another server, as an import reads it: one consistent view, row by row, and never changed. */

/** A cell as the driver has it; the functions below make one kind of each out of what databases differ in. */
export type Row = Record<string, unknown>;

export interface Source {
  /** For people: without a password. */
  name: string;
  /** The columns of a table; none when there is no such table. */
  columnsOf(table: string): Promise<Set<string>>;
  /** The table that the column of a table refers to. */
  findReferenced(table: string, column: string): Promise<string | undefined>;
  /** For few rows. $1, $2... stand for the values. */
  select(sql: string, values?: unknown[]): Promise<Row[]>;
  /** For any number of rows, in lists of at most `size`. */
  stream(sql: string, values: unknown[], size: number): AsyncIterable<Row[]>;
  /** A moment as a value that this database compares. */
  moment(date: Date): unknown;
  close(): Promise<void>;
}

export const asText = (cell: unknown): string => (cell === null || cell === undefined ? '' : String(cell));

export const asBoolean = (cell: unknown): boolean => cell === true || cell === 1 || cell === 1n;

export function asDate(cell: unknown): Date | undefined {
  if (cell instanceof Date) return cell;
  if (typeof cell !== 'string' || !cell) return undefined;
  // SQLite has no type for it: Django writes UTC without saying so.
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(cell);
  const date = new Date(cell.replace(' ', 'T') + (hasZone ? '' : 'Z'));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** @returns undefined for what is no number, such as the UUIDs that some sites have for ids */
export function asId(cell: unknown): number | undefined {
  const id = typeof cell === 'string' && !/^\d+$/.test(cell) ? Number.NaN : Number(cell);
  return cell !== null && cell !== undefined && Number.isSafeInteger(id) && id > 0 ? id : undefined;
}
