import { createPerson } from '../../support/people.js';
import type { Rig } from '../experiment.js';
import type { Postgres } from '../rig/postgres.js';
import type { ServerNode } from '../rig/server-node.js';
import { signInBrowser } from '../rig/world.js';
import type { Stage } from './step.js';

/** The people every step counts on. */
export async function setStage(rig: Rig, postgres: Postgres, node: ServerNode): Promise<Stage> {
  const database = rig.openDatabase(postgres.url());
  const alice = await createPerson({ database }, 'alice');
  const root = await createPerson({ database }, 'root', { isSuperuser: true });
  return {
    node,
    url: node.issuer,
    postgres,
    database,
    alice: await signInBrowser(node, alice.username),
    root: await signInBrowser(node, root.username),
    rootId: root.id,
  };
}
