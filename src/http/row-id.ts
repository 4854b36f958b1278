/** The ids of rows in addresses and forms: 15 digits stay inside both bigint and a safe integer. */
import { notFound } from './errors.js';

export function findId(text: unknown): number | undefined {
  return typeof text === 'string' && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}

/** @throws AppError 404 for what no row has as its id */
export function getId(text: unknown): number {
  const id = findId(text);
  if (id === undefined) throw notFound();
  return id;
}
