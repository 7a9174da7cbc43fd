import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyDefaults } from './defaulting.ts';
import { prune } from './prune.ts';
import type { Structural } from './walk.ts';

const text: Structural = { type: 'string' };

describe('pruning', () => {
  const spec = (schema: Structural, value: unknown): [unknown, readonly string[]] => {
    const { object, unknownFields } = prune({ type: 'object', properties: { spec: schema } }, { spec: value });
    return [object['spec'], unknownFields];
  };
  const cases: Readonly<Record<string, readonly [Structural, unknown, unknown, ...string[]]>> = {
    'unknown fields': [{ type: 'object', properties: { a: text } }, { a: '1', b: 2 }, { a: '1' }, 'spec.b'],
    'in lists': [
      { type: 'array', items: { type: 'object', properties: { a: text } } },
      [{ a: '1' }, { b: 1 }],
      [{ a: '1' }, {}],
      'spec[1].b',
    ],
    'free keys stay': [
      { type: 'object', additionalProperties: { type: 'object' } },
      { x: { y: 1 } },
      { x: {} },
      'spec.x.y',
    ],
    'what is preserved stays, and is pruned where it is described': [
      {
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: { known: { type: 'object', properties: { a: text } } },
      },
      { known: { a: '1', b: 1 }, other: { c: [1] } },
      { known: { a: '1' }, other: { c: [1] } },
      'spec.known.b',
    ],
    'an object inside has its own metadata': [
      { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { spec: { type: 'object' } } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', nope: 1 }, spec: { b: 1 }, status: {} },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: {} },
      'spec.metadata.nope',
      'spec.spec.b',
      'spec.status',
    ],
    'names that every object inherits': [
      { type: 'object', properties: {} },
      { constructor: 1 },
      {},
      'spec.constructor',
    ],
  };
  for (const [name, [schema, value, expected, ...unknown]] of Object.entries(cases)) {
    test(name, () => assert.deepEqual(spec(schema, value), [expected, unknown]));
  }

  test('the object itself keeps what every object has', () => {
    const object = { apiVersion: 'v1', kind: 'A', metadata: { name: 'a' } };
    assert.equal(prune({ type: 'object' }, object).object, object);
  });
});

describe('defaults', () => {
  const schema: Structural = {
    type: 'object',
    properties: {
      a: { ...text, default: 'x' },
      n: { ...text, nullable: true, default: 'y' },
      plain: text,
      inner: { type: 'object', default: {}, properties: { deep: { type: 'integer', default: 7 } } },
      list: { type: 'array', items: { type: 'object', properties: { p: { ...text, default: 'TCP' } } } },
      free: {
        type: 'object',
        additionalProperties: { type: 'object', properties: { q: { type: 'boolean', default: true } } },
      },
    },
  };
  const cases: Readonly<Record<string, readonly [object, object]>> = {
    'missing fields': [{}, { a: 'x', n: 'y', inner: { deep: 7 } }],
    'what is there stays': [
      { a: '', n: 'z', inner: { deep: 0 } },
      { a: '', n: 'z', inner: { deep: 0 } },
    ],
    'null where it may not be counts as missing': [
      { a: null, n: null, plain: null, inner: {} },
      { a: 'x', n: null, inner: { deep: 7 } },
    ],
    'in lists and under free keys': [
      { a: '1', n: '2', inner: { deep: 3 }, list: [{}, { p: 'UDP' }], free: { k: {} } },
      { a: '1', n: '2', inner: { deep: 3 }, list: [{ p: 'TCP' }, { p: 'UDP' }], free: { k: { q: true } } },
    ],
  };
  for (const [name, [given, expected]] of Object.entries(cases)) {
    test(name, () => assert.deepEqual(applyDefaults(schema, given), expected));
  }

  test('a value that lacks nothing is returned as it is', () => {
    const value = { a: '1', n: '2', inner: { deep: 3 }, list: [{ p: 'UDP' }] };
    assert.equal(applyDefaults(schema, value), value);
  });
});
