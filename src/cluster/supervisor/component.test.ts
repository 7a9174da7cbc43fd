import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLine, restartDelay } from './component.ts';

const component = { name: 'x', argv: ['prog', '-a'], env: {}, log: '/l', stopTimeoutMs: 1 };

test('a component of the host runs as it is', () => {
  assert.deepEqual(commandLine(component), ['prog', '-a']);
});

test('a component of a node is put into its namespace', () => {
  assert.deepEqual(commandLine({ ...component, namespace: '/run/netns/n' }), [
    'nsenter',
    '--net=/run/netns/n',
    '--',
    'prog',
    '-a',
  ]);
});

test('restarts wait longer after each short life, up to ten seconds', () => {
  assert.deepEqual([0, 1, 2, 3, 9].map(restartDelay), [0, 100, 200, 400, 10_000]);
});
