import type { EventName } from '../../audit/audit.js';
import { listEventsOf } from '../../audit/list-events.js';
import type { Db } from '../../database/database.js';
import type { Text } from '../../languages/texts.js';
import { shortAddress } from '../short-address.js';
import { DESCRIBED, describeEvent } from './describe-event.js';

const PAGE = 25;

export interface Activity {
  events: { id: number; event: EventName; at: Date; sentence: Text; network: string }[];
  /** What to ask for to go on; undefined when there is nothing older. */
  older: number | undefined;
}

/** A page of what has happened to an account, the latest first. @param before only what was before the event of this id */
export async function listActivity(db: Db, accountId: number, before: number | undefined): Promise<Activity> {
  // One more than is shown tells whether there are older ones.
  const found = await listEventsOf(db, accountId, { events: DESCRIBED, before, limit: PAGE + 1 });
  const events = found.slice(0, PAGE).map((event) => ({
    id: event.id,
    event: event.event,
    at: event.at,
    sentence: describeEvent(event),
    network: shortAddress(event.network),
  }));
  return { events, older: found.length > PAGE ? found[PAGE - 1]?.id : undefined };
}
