import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { boolean, int32, list, listMap, mapOf, message, optional, setOf, string } from '../../api/schema.ts';
import type { JsonObject } from '../json.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';
import { threeWayPatch, twoWayPatch } from './testing/strategic-diff.ts';

const Named = message('Named', { name: optional(1, string), value: optional(2, string) });
const Port = message('Port', { containerPort: optional(1, int32), name: optional(2, string) });
const Part = message('Part', {
  name: optional(1, string),
  image: optional(2, string),
  tty: optional(3, boolean),
  args: optional(4, list(string)),
  env: optional(5, listMap(Named, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
  ports: optional(6, listMap(Port, ['containerPort'], { mergeKey: 'containerPort', patchStrategy: 'merge' })),
});
const Source = message('Source', {
  name: optional(1, string),
  emptyDir: optional(2, mapOf(string)),
  configMap: optional(3, mapOf(string)),
});
/** A kind with every strategy by which fields are patched. */
const Specimen = message('Specimen', {
  labels: optional(1, mapOf(string)),
  finalizers: optional(2, setOf(string, { patchStrategy: 'merge' })),
  parts: optional(3, listMap(Part, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
  sources: optional(4, listMap(Source, ['name'], { mergeKey: 'name', patchStrategy: 'merge,retainKeys' })),
  strategy: optional(5, message('Strategy', { type: optional(1, string), rolling: optional(2, mapOf(string)) }), {
    patchStrategy: 'retainKeys',
  }),
  replaced: optional(6, mapOf(string), { patchStrategy: 'replace' }),
  args: optional(7, list(string)),
});

const text = fc.constantFrom('1', '2');
const words = fc.dictionary(fc.constantFrom('x', 'y', 'z'), text);
const some = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> =>
  fc.record(fields, { requiredKeys: [] });
const keyed = (key: string, keys: readonly unknown[], rest: fc.Arbitrary<object>): fc.Arbitrary<object[]> =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...keys), rest), { selector: ([name]) => name, maxLength: 4 })
    .map((all) => all.map(([name, fields]) => ({ [key]: name, ...fields })));
const part = some({
  image: text,
  tty: fc.boolean(),
  args: fc.array(text, { maxLength: 2 }),
  env: keyed('name', ['e', 'f', 'g'], some({ value: text })),
  ports: keyed('containerPort', [80, 81], some({ name: text })),
});
const specimen = some({
  labels: words,
  finalizers: fc.uniqueArray(fc.constantFrom('p', 'q', 'r', 's')),
  parts: keyed('name', ['a', 'b', 'c', 'd'], part),
  sources: keyed('name', ['v', 'w'], some({ emptyDir: words, configMap: words })),
  strategy: some({ type: text, rolling: words }),
  replaced: words,
  args: fc.array(text, { maxLength: 2 }),
}).map((object) => JSON.parse(JSON.stringify(object)) as JsonObject);

const apply = (object: JsonObject, patch: JsonObject): JsonObject => applyStrategicMergePatch(Specimen, object, patch);
const check = <T>(property: fc.IProperty<T>): void => fc.assert(property, { numRuns: 500 });

/** True when `object` has all that `part` has; items of merged lists by their keys, in the same order. */
function includes(object: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(object)) return wanted.length === 0;
    let at = 0;
    return wanted.every((item: unknown) => {
      while (at < object.length && !includes(object[at], item)) at++;
      return at++ < object.length;
    });
  }
  if (typeof wanted !== 'object' || wanted === null) return object === wanted;
  return Object.entries(wanted).every(([name, value]) => includes((object as JsonObject | undefined)?.[name], value));
}

describe('patches as kubectl makes them', () => {
  it('lead from any object to any other', () => {
    check(
      fc.property(specimen, specimen, (before, after) => {
        assert.deepEqual(apply(before, twoWayPatch(Specimen, before, after)), after);
      }),
    );
  });

  it('lead there again when they are applied twice', () => {
    check(
      fc.property(specimen, specimen, (before, after) => {
        const patch = twoWayPatch(Specimen, before, after);
        assert.deepEqual(apply(apply(before, patch), patch), after);
      }),
    );
  });

  it('of kubectl apply bring what is wanted', () => {
    check(
      fc.property(specimen, specimen, specimen, (last, wanted, live) => {
        const patched = apply(live, threeWayPatch(Specimen, last, wanted, live));
        assert.ok(includes(patched, wanted), JSON.stringify(patched));
      }),
    );
  });

  it('of kubectl apply change nothing of what is wanted already, and keep what others added', () => {
    check(
      fc.property(specimen, words, (wanted, added) => {
        const annotations = { annotations: added };
        const live = { ...wanted, ...annotations };
        assert.deepEqual(threeWayPatch(Specimen, wanted, wanted, live), {});
        assert.deepEqual(apply(live, threeWayPatch(Specimen, {}, wanted, live)), live);
      }),
    );
  });

  it('of different fields commute', () => {
    check(
      fc.property(specimen, specimen, specimen, (before, one, other) => {
        const mine = twoWayPatch(Specimen, pick(before, mergedFields), pick(one, mergedFields));
        const theirs = twoWayPatch(Specimen, pick(before, otherFields), pick(other, otherFields));
        assert.deepEqual(apply(apply(before, mine), theirs), apply(apply(before, theirs), mine));
      }),
    );
  });
});

const mergedFields = ['labels', 'parts'];
const otherFields = ['finalizers', 'sources', 'strategy', 'replaced', 'args'];
function pick(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));
}
