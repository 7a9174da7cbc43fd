import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseEnvironment, compileExpression } from '../engine.ts';

const expressions = [
  "semver('1.2.3').major() == 1 && semver('1.2.3').patch() == 3",
  "isSemver('1.0.0') && !isSemver('v1.0') && isSemver('v1.0', true) && !isSemver('01.0.0')",
  "semver('1.2.3').isLessThan(semver('1.10.0'))",
  "semver('1.0.0-alpha.2').compareTo(semver('1.0.0-alpha.11')) == -1",
  "semver('1.0.0-alpha.1').isLessThan(semver('1.0.0-alpha.beta'))",
  "semver('1.0.0').isGreaterThan(semver('1.0.0-rc.1'))",
  "semver('1.0.0+a') == semver('1.0.0+b')",
  "semver('v1.02', true) == semver('1.2.0')",
];

for (const expression of expressions) {
  test(expression, () => assert.equal(compileExpression(baseEnvironment(), expression, ['bool']).evaluate({}), true));
}
