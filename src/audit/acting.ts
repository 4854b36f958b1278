/**
 * Who acts in the place of somebody else while a request is answered. Every event of it names them, those of features
 * that know nothing of impersonation included: that is why this one thing is not passed as an argument.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const actors = new AsyncLocalStorage<number>();

/** @param accountId of the one who acts */
export function actAs<T>(accountId: number, work: () => Promise<T>): Promise<T> {
  return actors.run(accountId, work);
}

export const findActor = (): number | undefined => actors.getStore();
