import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Deployment } from '../../api/apps/deployment.schema.ts';
import { StatusError, isStatus } from '../../api/status-error.ts';
import type { PatchType } from './apply-patch.ts';
import { applyPatch } from './apply-patch.ts';
import { applyMergePatch } from './merge-patch.ts';

const before = { metadata: { name: 'a', labels: { x: '1' } }, spec: { replicas: 1, list: [1, 2] } };
const patch = (type: PatchType, body: unknown) => applyPatch({ type, schema: Deployment, object: before, patch: body });
const json = (...operations: object[]) => patch('application/json-patch+json', operations);

test('JSON patch', () => {
  const text = JSON.stringify(before);
  assert.deepEqual(
    json(
      { op: 'test', path: '/spec/replicas', value: 1 },
      { op: 'replace', path: '/spec/replicas', value: 2 },
      { op: 'add', path: '/spec/list/-', value: 3 },
      { op: 'remove', path: '/metadata/labels/x' },
      { op: 'copy', from: '/spec/list', path: '/spec/other' },
      { op: 'add', path: '/metadata/labels/a~1b', value: 'c' },
    ),
    { metadata: { name: 'a', labels: { 'a/b': 'c' } }, spec: { replicas: 2, list: [1, 2, 3], other: [1, 2, 3] } },
  );
  assert.equal(JSON.stringify(before), text);
});

const failing: Record<string, { operation: object; detail: string }> = {
  'a test': {
    operation: { op: 'test', path: '/spec/replicas', value: 2 },
    detail: 'testing value /spec/replicas failed: test failed',
  },
  'replacing what is not there': {
    operation: { op: 'replace', path: '/spec/foo', value: 2 },
    detail: 'replace operation does not apply: doc is missing key: /spec/foo: missing value',
  },
  'removing what is not there': {
    operation: { op: 'remove', path: '/spec/foo' },
    detail: "error in remove for path: '/spec/foo': Unable to remove nonexistent key: foo: missing value",
  },
  'adding below what is not there': {
    operation: { op: 'add', path: '/a/b/c', value: 1 },
    detail: 'add operation does not apply: doc is missing path: "/a/b/c": missing value',
  },
  'an unknown operation': { operation: { op: 'melt', path: '/spec' }, detail: 'Unexpected kind: melt' },
  'what objects inherit': {
    operation: { op: 'add', path: '/constructor/polluted', value: 1 },
    detail: 'add operation does not apply: doc is missing path: "/constructor/polluted": missing value',
  },
  'a copy of what objects inherit': {
    operation: { op: 'copy', from: '/constructor', path: '/x' },
    detail: 'copy operation does not apply: doc is missing from path: /constructor: missing value',
  },
  'the prototype': {
    operation: { op: 'add', path: '/__proto__/polluted', value: 1 },
    detail: 'add operation does not apply: doc is missing path: "/__proto__/polluted": missing value',
  },
};
for (const [name, { operation, detail }] of Object.entries(failing)) {
  test(`JSON patch refuses ${name}`, () => {
    assert.throws(
      () => json(operation),
      (error) => {
        assert.ok(error instanceof StatusError);
        assert.equal(error.code, 422);
        assert.equal((error.cause as Error).message, detail);
        return true;
      },
    );
  });
}

test('no patch at all', () => {
  assert.throws(() => patch('application/json-patch+json', {}), { reason: 'BadRequest' });
  assert.throws(() => patch('application/merge-patch+json', []), { reason: 'BadRequest' });
  assert.throws(() => patch('application/strategic-merge-patch+json', 'x'), { reason: 'BadRequest' });
  const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/spec/replicas', value: 1 }));
  assert.throws(() => json(...many), { reason: 'RequestEntityTooLarge' });
});

test('merge patch', () => {
  assert.deepEqual(
    patch('application/merge-patch+json', { metadata: { labels: { x: null, y: '2' } }, spec: { list: [3] } }),
    {
      metadata: { name: 'a', labels: { y: '2' } },
      spec: { replicas: 1, list: [3] },
    },
  );
});

test('a merge patch applied twice changes nothing more, and reaches no prototype', () => {
  const value = fc.jsonValue({ maxDepth: 4 });
  const withProto = fc
    .tuple(value, fc.boolean())
    .map(([item, proto]): unknown => (proto ? JSON.parse(`{"__proto__":${JSON.stringify(item)}}`) : item));
  fc.assert(
    fc.property(value, withProto, (target, body) => {
      const once = applyMergePatch(target, body);
      assert.deepEqual(applyMergePatch(once, body), once);
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    }),
  );
});

test('any list of operations gives an object or a StatusError', () => {
  const pointer = fc
    .array(fc.constantFrom('spec', 'list', '0', '9', '-', 'metadata', '__proto__', 'constructor', ''))
    .map((parts) => parts.map((part) => `/${part}`).join(''));
  const operation = fc.record(
    {
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
      path: fc.oneof(pointer, fc.string()),
      from: pointer,
      value: fc.jsonValue({ maxDepth: 2 }),
    },
    { requiredKeys: ['op'] },
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 6 }), (operations) => {
      try {
        assert.equal(typeof json(...operations), 'object');
      } catch (error) {
        assert.ok(isStatus(error, 'BadRequest', 'Invalid', 'RequestEntityTooLarge'), String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
