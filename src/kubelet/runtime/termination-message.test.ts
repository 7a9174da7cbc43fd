import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logTail } from './termination-message.ts';

test('the end of a log is its text, without the runtime’s own columns', () => {
  const log = [
    '2026-01-01T00:00:00.000000000Z stdout F first line',
    '2026-01-01T00:00:00.000000001Z stderr P half ',
    '2026-01-01T00:00:00.000000002Z stderr F and half',
    '2026-01-01T00:00:00.000000003Z stdout F ',
    '',
  ].join('\n');
  assert.equal(logTail(log), 'first line\nhalf and half\n\n');
});

test('only the last lines, and of them the last bytes, are kept', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `T stdout F ${index}`);
  assert.equal(logTail(lines.join('\n')).split('\n').length, 81);
  assert.equal(logTail(`T stdout F ${'x'.repeat(5000)}`).length, 2048);
});
