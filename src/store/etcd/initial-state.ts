import type { InitialState } from '../memory-state.ts';
import type { ParsedCache } from '../stored-object.ts';
import { encode, EncodedObject } from '../stored-object.ts';
import type { StoredObject, StoreEvent } from '../store.ts';
import { EtcdError } from './errors.ts';
import type { StoredValue } from './layout.ts';
import type { Snapshot } from './load.ts';

export const objectOf = (key: string, { revision, json }: StoredValue, cache: ParsedCache): EncodedObject =>
  new EncodedObject(key, revision, json, cache);

/** The state of a store as it was found in etcd; each version of an object is there once. */
export function initialState(snapshot: Snapshot, cache: ParsedCache): InitialState {
  const versions = new Map<number, StoredObject>();
  const version = (key: string, value: StoredValue): StoredObject => {
    let object = versions.get(value.revision);
    if (object === undefined) versions.set(value.revision, (object = objectOf(key, value, cache)));
    return object;
  };
  const objects = [...snapshot.objects].map(([key, value]) => version(key, value));
  const events = snapshot.commits.flatMap(({ changes }) =>
    changes.map(({ key, revision, value, previous: before }): StoreEvent => {
      const previous = before === undefined ? undefined : version(key, before);
      if (value !== undefined) return { type: 'put', key, revision, current: version(key, value), previous };
      if (previous === undefined) throw new EtcdError(`etcd told of the deletion of ${key}, which was not there`);
      return { type: 'delete', key, revision, current: encode(key, previous.object, revision, cache), previous };
    }),
  );
  const { head, compactedRevision } = snapshot;
  return { revision: head?.revision ?? compactedRevision, compactedRevision, objects, events };
}
