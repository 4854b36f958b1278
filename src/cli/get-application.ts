import type { Application } from '../applications/application.js';
import { findApplicationByClientId } from '../applications/find-application.js';
import type { Db } from '../database/database.js';
import { AppError } from '../http/errors.js';

/** @throws AppError 404 */
export async function getApplication(db: Db, clientId: string): Promise<Application> {
  const application = await findApplicationByClientId(db, clientId);
  if (application) return application;
  throw new AppError(
    404,
    'application_not_found',
    `There is no application with the client id ${JSON.stringify(clientId)}.`,
  );
}
