/** What an import has done, for people and for programs. */
import { KINDS, type Remark, type Report } from '../moving-in/report.js';
import { inNumbers } from '../stats/in-words.js';
import { printLine, printTable } from './print.js';

export function printRemarks(heading: string, remarks: Remark[]): void {
  if (!remarks.length) return;
  printLine(`\n${heading}`);
  for (const { kind, reason, count, examples } of remarks) {
    printLine(`  ${inNumbers(count)} ${kind}: ${reason}`);
    const more = count > examples.length ? `, and ${inNumbers(count - examples.length)} more` : '';
    printLine(`    ${examples.join('; ')}${more}`);
  }
}

export function printReport(report: Report, isDryRun: boolean): void {
  const leftOf = (kind: string) =>
    report.left.filter((each) => each.kind === kind).reduce((sum, { count }) => sum + count, 0);
  printLine(isDryRun ? '\nNothing was changed. An import would do this:' : '\nDone.');
  printTable(
    ['WHAT', isDryRun ? 'WOULD COME' : 'CAME', 'HERE BEFORE', 'LEFT OUT'],
    KINDS.map((kind) => [
      kind,
      inNumbers(report.brought[kind]),
      inNumbers(report.known[kind]),
      inNumbers(leftOf(kind)),
    ]),
  );
  if (report.followed) {
    printLine(
      `\n${inNumbers(report.followed)} users who were here before have a new password or were disabled at the source since, and had changed nothing here: that was taken over.`,
    );
  }
  printRemarks('Did not come over:', report.left);
  printRemarks('Came over, but not as it was:', report.changed);
}

/** Names as all JSON of the command line has them. */
export function reportToJson(report: Report, isDryRun: boolean) {
  return {
    is_dry_run: isDryRun,
    brought: report.brought,
    here_before: report.known,
    followed: report.followed,
    left: report.left,
    changed: report.changed,
  };
}
