import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../api/object.ts';
import { encode, EncodedObject, ParsedCache } from './stored-object.ts';

const map = (name: string, bytes: number): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { text: 'x'.repeat(bytes) },
  }) as unknown as KubeObject;

describe('ParsedCache', () => {
  it('keeps as many parsed objects as there are bytes for, large ones and small', () => {
    const cache = new ParsedCache(1 << 20);
    for (const [bytes, most] of [
      [10, 1024],
      [10_000, 110],
      [100_000, 12],
    ] as const) {
      const objects = Array.from({ length: 2000 }, (_, index) => encode(`/${index}`, map(`${index}`, bytes), 1, cache));
      for (const [index, each] of objects.entries()) assert.equal(each.object.metadata.name, `${index}`);
      assert.ok(cache.length <= most && cache.length >= most / 2, `${cache.length} of ${bytes} bytes`);
      const last = objects.at(-1);
      assert.equal(last?.object, last?.object);
    }
  });

  it('gives out an object that is larger than all room, too', () => {
    const cache = new ParsedCache(1000);
    const large = encode('/large', map('large', 5000), 1, cache);
    assert.equal(large.object.metadata.name, 'large');
    encode('/next', map('next', 10), 2, cache).object satisfies KubeObject;
    assert.equal(cache.length, 1);
    assert.equal(large.object.metadata.name, 'large');
  });
});

describe('EncodedObject', () => {
  it('is where its text lies among others', () => {
    const memory = Buffer.from('{"a":1}{"metadata":{"name":"b"}}{"c":1}');
    const text = memory.subarray(7, 32);
    const object = new EncodedObject('/b', 1, text, new ParsedCache());
    assert.equal(object.json.toString(), '{"metadata":{"name":"b"}}');
    assert.equal(object.object.metadata.name, 'b');
  });
});
