import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { AppError } from '../http/errors.js';
import { asText, type Row, type Source } from './source.js';

const refused = (message: string) => new AppError(422, 'source_refused', message);

/** @throws AppError for what is no SQLite file, or one whose last changes are in another file */
function checkFile(path: string): void {
  if (!existsSync(path)) throw refused(`There is no file ${path}.`);
  const head = Buffer.alloc(20);
  const file = openSync(path, 'r');
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  if (head.toString('latin1', 0, 15) !== 'SQLite format 3') throw refused(`${path} is no SQLite database.`);
  if (head[18] === 2)
    throw refused(
      `${path} is in WAL mode: stop the server that uses it, and run sqlite3 ${path} 'PRAGMA journal_mode=DELETE' on a copy.`,
    );
  if (existsSync(`${path}-journal`))
    throw refused(`Somebody is writing to ${path} (there is a ${path}-journal): stop that server first.`);
}

export function openSqliteSource(path: string): Source {
  checkFile(path);
  // The library locks by making a folder beside the file: by way of a link that is somewhere else, and the source's own
  // folder stays as it is. The file is read page by page, however large it is.
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-import-'));
  const link = join(folder, 'source.sqlite');
  symlinkSync(resolve(path), link);
  const database = new sqlite.Database(link, { readOnly: true });
  const bind = (values: unknown[]) =>
    Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value as string | number | null]));
  const select = async (sql: string, values: unknown[] = []) => database.all(sql, bind(values)) as Row[];

  return {
    name: path,
    select,
    async *stream(sql, values, size) {
      const statement = database.prepare(sql);
      try {
        let rows: Row[] = [];
        for (const row of statement.iterate(bind(values))) {
          rows.push(row as Row);
          if (rows.length < size) continue;
          yield rows;
          rows = [];
        }
        if (rows.length) yield rows;
      } finally {
        statement.finalize();
      }
    },
    // As Django writes it, so that the texts compare as the moments do.
    moment: (date) => date.toISOString().replace('T', ' ').replace('Z', '000'),
    async columnsOf(table) {
      const rows = await select('SELECT name FROM pragma_table_info($1)', [table]);
      return new Set(rows.map((row) => asText(row.name)));
    },
    async findReferenced(table, column) {
      const rows = await select('SELECT "table" AS name, "from" AS of FROM pragma_foreign_key_list($1)', [
        table,
      ]);
      const found = rows.find((row) => row.of === column);
      return found && asText(found.name);
    },
    async close() {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}
