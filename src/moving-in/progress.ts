/** Told how far an import or an export is; the command line shows it. */
export interface Progress {
  /** @param total 0 where nobody has counted before */
  begin(what: string, total: number): void;
  add(count: number): void;
  end(): void;
}
