/**
 * Waits for what comes about by itself.
 * @param patience milliseconds
 * @throws when it has not come about by then
 */
export async function until(isSo: () => boolean | Promise<boolean>, patience = 30_000): Promise<void> {
  const end = performance.now() + patience;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not after ${patience} ms: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
