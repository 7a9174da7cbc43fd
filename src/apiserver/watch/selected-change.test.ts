import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../api/object.ts';
import type { StoredObject, StoreEvent } from '../../store/store.ts';
import { selectedChange } from './selected-change.ts';

function stored(color: string, revision: number): StoredObject {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'b', resourceVersion: String(revision), labels: { color } },
  };
  return {
    key: '/configmaps/b/a',
    revision,
    object: object as unknown as KubeObject,
    json: Buffer.from(JSON.stringify(object)),
  };
}
function event(type: StoreEvent['type'], before: string | undefined, after: string): StoreEvent {
  return {
    type,
    key: '/configmaps/b/a',
    revision: 7,
    current: stored(after, 7),
    previous: before === undefined ? undefined : stored(before, 5),
  };
}
const isRed = (item: StoredObject): boolean => item.object.metadata.labels?.['color'] === 'red';

const cases: Readonly<Record<string, readonly [StoreEvent, string]>> = {
  'created in view': [event('put', undefined, 'red'), 'ADDED red'],
  'created out of view': [event('put', undefined, 'blue'), 'none'],
  'changed in view': [event('put', 'red', 'red'), 'MODIFIED red'],
  'comes into view': [event('put', 'blue', 'red'), 'ADDED red'],
  'leaves the view': [event('put', 'red', 'blue'), 'DELETED red'],
  'changed out of view': [event('put', 'blue', 'blue'), 'none'],
  'deleted in view': [event('delete', 'red', 'red'), 'DELETED red'],
  'deleted out of view': [event('delete', 'blue', 'blue'), 'none'],
};

describe('selectedChange', () => {
  for (const [name, [change, expected]] of Object.entries(cases)) {
    it(name, () => {
      const found = selectedChange(change, isRed);
      const shown = found === undefined ? 'none' : `${found.type} ${found.stored.object.metadata.labels?.['color']}`;
      assert.equal(shown, expected);
      if (found !== undefined) {
        assert.equal(found.stored.object.metadata.resourceVersion, '7');
        assert.equal(JSON.parse(found.stored.json.toString()).metadata.resourceVersion, '7');
      }
    });
  }
});
