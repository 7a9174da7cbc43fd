import type { KubeObject } from '../../api/object.ts';
import type { StoreEvent, StoredObject } from '../../store/store.ts';
import type { ChangeType } from './frames.ts';

export interface Change {
  readonly type: ChangeType;
  readonly stored: StoredObject;
}

/** The version before a change, stamped with the change's revision: how a watcher learns that an object left its view. */
function lastSeen(event: StoreEvent, previous: StoredObject): StoredObject {
  const metadata = { ...previous.object.metadata, resourceVersion: String(event.revision) };
  const object = { ...previous.object, metadata } as KubeObject;
  return { key: event.key, revision: event.revision, object, json: Buffer.from(JSON.stringify(object)) };
}

/**
 * What a change of the store is to a watcher that sees only what `matches`: an object that comes into view is ADDED,
 * one that leaves it is DELETED, whatever happened to it.
 */
export function selectedChange(
  event: StoreEvent,
  matches: ((stored: StoredObject) => boolean) | undefined,
): Change | undefined {
  const { current, previous } = event;
  if (event.type === 'delete') {
    const seen = previous ?? current;
    return matches === undefined || matches(seen) ? { type: 'DELETED', stored: current } : undefined;
  }
  if (matches === undefined) return { type: previous === undefined ? 'ADDED' : 'MODIFIED', stored: current };
  const before = previous !== undefined && matches(previous);
  const after = matches(current);
  if (after) return { type: before ? 'MODIFIED' : 'ADDED', stored: current };
  return before ? { type: 'DELETED', stored: lastSeen(event, previous) } : undefined;
}
