import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StateTable } from './state-table.ts';

test('only what has changed is told', () => {
  const table = new StateTable();
  table.set('b:a', '1');
  table.set('b:b', '2');
  assert.equal(table.takeChanges(), 'b:a\t1\nb:b\t2\n');
  table.set('b:a', '1');
  assert.equal(table.hasChanges, false);
  table.set('b:a', '');
  table.set('b:c', '');
  assert.equal(table.takeChanges(), 'b:a\t\n');
  table.replace(['h:'], new Map([['h:x', 'y']]));
  assert.equal(table.takeChanges(), 'h:x\ty\n');
  table.replace(['h:', 'b:'], new Map([['h:z', 'y']]));
  assert.equal(table.takeChanges(), 'b:b\t\nh:x\t\nh:z\ty\n');
  assert.equal(table.format(), 'h:z\ty\n');
});
