/** Numbers as people read them, in the statistics and elsewhere on the command line. */

export const inNumbers = (count: number) => count.toLocaleString('en-US');
/** As exact as it is known. */
export const aboutRows = (rows: number, isEstimate: boolean) =>
  isEstimate ? `about ${inNumbers(Number(rows.toPrecision(2)))}` : inNumbers(rows);
export const inDate = (date: Date) => date.toISOString().slice(0, 16).replace('T', ' ');

export function inBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes ? Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10)) : 0;
  const amount = bytes / 1024 ** power;
  return `${power && amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`;
}
