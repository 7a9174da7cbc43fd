import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Budget, withBudget } from '../budget.ts';
import { baseEnvironment, compileExpression, failureText } from '../engine.ts';

const environment = baseEnvironment().clone().registerVariable('object', 'dyn');
const object = new Map<string, unknown>([
  ['list', [3n, 1n, 2n]],
  [
    'map',
    new Map([
      ['a', 1n],
      ['b', 2n],
    ]),
  ],
]);
const run = (text: string): unknown =>
  withBudget(new Budget(10_000), 10_000, () => compileExpression(environment, text, []).evaluate({ object }));

const holds = [
  // With an index, or a key.
  '[10, 20].all(i, v, v == (i + 1) * 10)',
  '![1, 2].all(i, v, v > 1)',
  '{"a": 1, "b": 2}.all(k, v, k in ["a", "b"] && v > 0)',
  '["a", "b", "a"].exists(i, v, i == 2 && v == "a")',
  '{"a": 1}.exists(k, v, k == "a" && v == 1)',
  '![1, 2].exists(i, v, v == 3)',
  '[1, 2, 2].existsOne(i, v, v == 1) && ![1, 2, 2].existsOne(i, v, v == 2)',
  '[1, 2, 3].existsOne(x, x == 2) && {"a": 1}.existsOne(k, k == "a")',
  'object.list.all(i, v, v <= 3 - i + 1)',
  'object.map.exists(k, v, k == "b" && v == 2)',
  // Where one turn decides, an error in another counts for nothing.
  '[0, 1].exists(i, v, 1 / v == 1)',
  '![0, 1].all(i, v, 1 / v == 2)',
  // New lists and maps.
  '[1, 2, 3].transformList(i, v, (i * v) + v) == [1, 4, 9]',
  '[1, 2, 3].transformList(i, v, i > 0, v * 2) == [4, 6]',
  '{"a": 1, "b": 2}.transformList(k, v, k) == ["a", "b"]',
  '{"greeting": "hello"}.transformMap(k, v, v + "!") == {"greeting": "hello!"}',
  '{"a": 1, "b": 2}.transformMap(k, v, v > 1, v * 10) == {"b": 20}',
  '[1, 2].transformMap(i, v, v) == {0: 1, 1: 2}',
  '{"a": "x"}.transformMapEntry(k, v, {v: k}) == {"x": "a"}',
  '["a", "b"].transformMapEntry(i, v, i == 1, {v: i}) == {"b": 1}',
  'object.map.transformMap(k, v, v + 1).b == 3',
  // One loop in another.
  '[[1], [2, 3]].all(i, inner, inner.all(j, v, v == i + j + 1))',
  '[1, 2].map(x, [3, 4].transformList(i, v, v * x)) == [[3, 4], [6, 8]]',
  // Other functions of lists.
  'lists.range(3) == [0, 1, 2] && lists.range(0) == []',
  '[3, 1, 2].sortBy(x, -x) == [3, 2, 1]',
  '["bb", "a"].sortBy(s, s.size()) == ["a", "bb"]',
  '[1, 2].first().value() == 1 && [1, 2].last().value() == 2 && !object.list.filter(x, x > 9).first().hasValue()',
  'ip.isCanonical("127.0.0.1") && !ip.isCanonical("::FFFF") && ip("::1").family() == 6',
];

const fails: Readonly<Record<string, string>> = {
  '[1].all(i, i, i > 0)': 'argument must be a simple name',
  '[1].all(1, v, v > 0)': 'argument must be a simple name',
  '"a".all(i, v, true)': "expression of type 'string' cannot be range of a comprehension",
  '[1].all(i, v, v)': 'must be given a bool here',
  '[1].transformMapEntry(i, v, v)': 'must be given a map here',
  '["a", "a"].transformMapEntry(i, v, {v: i})': 'insert failed: key a already exists',
  '[0, 1].exists(i, v, 1 / v == 3)': 'division by zero',
  'lists.range(1000000)': 'actual cost limit exceeded',
  'lists.range(1000).all(i, v, lists.range(1000).all(j, w, w >= 0))': 'actual cost limit exceeded',
};

describe('loops with two variables', () => {
  for (const text of holds) it(text, () => assert.equal(run(text), true));

  for (const [text, message] of Object.entries(fails)) {
    it(`${text} fails`, () => {
      assert.throws(
        () => run(text),
        (error) => {
          assert.ok(failureText(error).includes(message), failureText(error));
          return true;
        },
      );
    });
  }
});
