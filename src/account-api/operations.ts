/** Everything the API can do, in the order of its document. */

import type { Operation } from '../json-api/operation.js';
import { activityOperations } from './activity-operations.js';
import { applicationOperations } from './application-operations.js';
import { browserOperations } from './browser-operations.js';
import type { AccountApiDeps } from './deps.js';
import { emailOperations } from './email-operations.js';
import { factorOperations } from './factor-operations.js';
import { leavingOperations } from './leaving-operations.js';
import { passkeyOperations, passkeySignInOperations } from './passkey-operations.js';
import { passwordOperations } from './password-operations.js';
import { profileOperations } from './profile-operations.js';
import { recoveryOperations } from './recovery-operations.js';
import { secondStepOperations } from './second-step-operations.js';
import { sessionOperations } from './session-operations.js';
import { tokenOperations } from './token-operations.js';

export function listOperations(deps: AccountApiDeps): Operation[] {
  const groups = [
    sessionOperations,
    secondStepOperations,
    passkeySignInOperations,
    profileOperations,
    emailOperations,
    passwordOperations,
    recoveryOperations,
    factorOperations,
    passkeyOperations,
    browserOperations,
    applicationOperations,
    tokenOperations,
    activityOperations,
    leavingOperations,
  ];
  return groups.flatMap((operationsOf) => operationsOf(deps));
}
