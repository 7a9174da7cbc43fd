import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goJson } from './go-json.ts';

test('keys in order at every depth, and HTML escaped', () => {
  const text = goJson({ kind: 'A', data: { b: [{ z: 1, a: '<b> & c' }], a: null } });
  assert.equal(text, String.raw`{"data":{"a":null,"b":[{"a":"\u003cb\u003e \u0026 c","z":1}]},"kind":"A"}`);
});
