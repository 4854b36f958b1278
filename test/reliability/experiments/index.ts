/** Every experiment, in the order of a full run. */
import type { Experiment } from '../experiment.js';
import { experiment as backupAndRestore } from './backup-and-restore.js';
import { experiment as blackHole } from './black-hole.js';
import { experiment as brokenConfigurations } from './broken-configurations.js';
import { experiment as clockSkew } from './clock-skew.js';
import { experiment as coherenceAcrossNodes } from './coherence-across-nodes.js';
import { experiment as diskFull } from './disk-full.js';
import { experiment as drain } from './drain.js';
import { experiment as expiredRowsLeave } from './expired-rows-leave.js';
import { experiment as faultMatrix } from './fault-matrix.js';
import { experiment as ledgerEmbedded } from './ledger-embedded.js';
import { experiment as ledgerKillNode } from './ledger-kill-node.js';
import { experiment as ledgerPostgresCrash } from './ledger-postgres-crash.js';
import { experiment as ledgerPostgresRestart } from './ledger-postgres-restart.js';
import { experiment as ledgerSeesLoss } from './ledger-sees-loss.js';
import { experiment as loginFlood } from './login-flood.js';
import { experiment as overload } from './overload.js';
import { experiment as pgbouncer } from './pgbouncer.js';
import { experiment as pgbouncerTests } from './pgbouncer-tests.js';
import { experiment as poolExhaustion } from './pool-exhaustion.js';
import { experiment as poolLeak } from './pool-leak.js';
import { experiment as racesOnTwoNodes } from './races-on-two-nodes.js';
import { experiment as refreshAcrossOutages } from './refresh-across-outages.js';
import { behindHaproxy, behindNginx } from './rolling-restart.js';
import { experiment as rotateKeys } from './rotate-keys.js';
import { experiment as slowDatabase } from './slow-database.js';
import { experiment as soak } from './soak.js';
import { experiment as startWithoutDatabase } from './start-without-database.js';
import { experiment as upgradeWhileServing } from './upgrade-while-serving.js';

export const experiments: Experiment[] = [
  ledgerSeesLoss,
  ledgerKillNode,
  ledgerPostgresCrash,
  ledgerPostgresRestart,
  ledgerEmbedded,
  backupAndRestore,
  refreshAcrossOutages,
  racesOnTwoNodes,
  coherenceAcrossNodes,
  clockSkew,
  rotateKeys,
  faultMatrix,
  poolExhaustion,
  poolLeak,
  slowDatabase,
  blackHole,
  diskFull,
  pgbouncer,
  pgbouncerTests,
  brokenConfigurations,
  overload,
  loginFlood,
  drain,
  behindHaproxy,
  behindNginx,
  startWithoutDatabase,
  upgradeWhileServing,
  expiredRowsLeave,
  soak,
];
