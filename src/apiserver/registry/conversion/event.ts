import type { ApiObject } from '../api-object.ts';

/** Names of the same field in `events.k8s.io/v1` and in the core group. */
const renamed: readonly (readonly [string, string])[] = [
  ['reportingController', 'reportingComponent'],
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
];

function rename(object: ApiObject, names: ReadonlyMap<string, string>): ApiObject {
  const entries = Object.entries(object).map(([field, value]) => [names.get(field) ?? field, value]);
  return Object.fromEntries(entries) as ApiObject;
}

const toCore = new Map(renamed.map(([own, core]) => [own, core]));
const fromCore = new Map(renamed.map(([own, core]) => [core, own]));

/** An `events.k8s.io/v1` Event as the core group keeps it. */
export const eventToCore = (event: ApiObject): ApiObject =>
  // There it is always about something, if only about nothing in particular.
  ({ involvedObject: {}, ...rename(event, toCore) });
/** A core Event as `events.k8s.io/v1` shows it. */
export const eventFromCore = (event: ApiObject): ApiObject => rename(event, fromCore);
