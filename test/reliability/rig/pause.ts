/** Milliseconds. */
export const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/**
 * Asks until the answer is yes.
 * @param what completes "... did not come true: "
 * @returns how many milliseconds it took
 * @throws Error when it takes longer than `patience` milliseconds
 */
export async function waitUntil(
  what: string,
  question: () => Promise<boolean> | boolean,
  { patience = 60_000, every = 25 } = {},
): Promise<number> {
  const begun = performance.now();
  while (!(await question())) {
    if (performance.now() - begun > patience)
      throw new Error(`Waited ${patience / 1000} s in vain until ${what}.`);
    await pause(every);
  }
  return performance.now() - begun;
}
