import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseEnvironment, compileExpression } from '../engine.ts';

const expressions = [
  "!format.dns1123Label().validate('my-name').hasValue()",
  "format.dns1123Label().validate('My name').hasValue()",
  "format.dns1123Label().validate('My name').value().size() == 1",
  "!format.named('labelValue').value().validate('a.b').hasValue()",
  "!format.named('nothing').hasValue()",
  "!format.dns1123LabelPrefix().validate('my-').hasValue()",
  "format.date().validate('yesterday').hasValue() && !format.date().validate('2020-02-03').hasValue()",
  "format.uuid().validate('x').hasValue() && format.byte().validate('*').hasValue()",
  "!format.datetime().validate('2020-02-03T04:05:06Z').hasValue() && !format.uri().validate('https://a/b').hasValue()",
];

for (const expression of expressions) {
  test(expression, () => assert.equal(compileExpression(baseEnvironment(), expression, ['bool']).evaluate({}), true));
}
