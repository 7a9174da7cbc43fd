import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rule } from './skeleton.ts';
import { mostRules, spread } from './spread.ts';

test('every target has the same chance', () => {
  for (let count = 1; count <= mostRules; count += 1) {
    const targets = Array.from({ length: count }, (_, at) => `chain-${at}`);
    let left = 1;
    for (const { matches } of spread(targets, (chain, chance) => rule(chance, { action: 'goto', chain }))) {
      const of = matches.map((match) => (match.match === 'chance' ? match.of : 0))[0] ?? 1;
      assert.ok(Math.abs(left / of - 1 / count) < 1e-9, `one of ${count}`);
      left -= left / of;
    }
    assert.ok(Math.abs(left) < 1e-9, 'the last target takes what is left');
  }
});
