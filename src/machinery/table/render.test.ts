import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column } from '../../api/kind.ts';
import { renderTable } from './render.ts';

const now = Date.parse('2026-01-02T03:04:05Z');
const object = {
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'a', creationTimestamp: '2026-01-02T03:00:00Z' },
  spec: { size: 3 },
};

test('name and creation time, with metadata', () => {
  const table = renderTable({}, [object], { now, includeObject: 'Metadata', metadata: { resourceVersion: '9' } });
  assert.deepEqual(table, {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '9' },
    columnDefinitions: [
      { name: 'Name', type: 'string', format: 'name', description: '', priority: 0 },
      { name: 'Created At', type: 'date', format: '', description: '', priority: 0 },
    ],
    rows: [
      {
        cells: ['a', '2026-01-02T03:00:00Z'],
        object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
      },
    ],
  });
});

test('columns of the kind, whole objects, none, and no headers', () => {
  const columns: Column<typeof object>[] = [
    { name: 'Size', type: 'integer', priority: 1, description: 'How large', cell: (item) => item.spec.size },
  ];
  const whole = renderTable({ columns }, [object], { now, includeObject: 'Object', metaVersion: 'v1beta1' });
  assert.deepEqual(whole.rows, [{ cells: [3], object }]);
  assert.equal(whole.apiVersion, 'meta.k8s.io/v1beta1');
  assert.deepEqual(whole.columnDefinitions, [
    { name: 'Size', type: 'integer', format: '', description: 'How large', priority: 1 },
  ]);
  const bare = renderTable({ columns }, [object], { now, includeObject: 'None', withoutColumns: true });
  assert.deepEqual([bare.columnDefinitions, bare.rows], [null, [{ cells: [3], object: null }]]);
});

test('an object without a time', () => {
  const [row] = renderTable({}, [{ metadata: { name: 'a' } }], { now, includeObject: 'None' }).rows;
  assert.deepEqual(row?.cells, ['a', '0001-01-01T00:00:00Z']);
});
