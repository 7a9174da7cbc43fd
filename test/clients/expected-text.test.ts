import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedText, normalise } from './expected-text.ts';

const cases: Record<string, [expected: string, output: string, matches: boolean]> = {
  'columns of any width': ['NAME  AGE\na  {age}', 'NAME            AGE\na               5m10s   \n', true],
  'a column too many': ['NAME  AGE\na  {age}', 'NAME  AGE  IP\na  5s  1.2.3.4', false],
  'braces that stand for themselves': ['{"a":{number}}', '{"a":12}', true],
  'any text of one line': ['a {any} z', 'a\nz', false],
  'any lines': ['first\n{lines}\nlast', 'first\nsecond\nthird\nlast', true],
  'nothing but the whole': ['b', 'a\nb', false],
};
for (const [name, [expected, output, matches]] of Object.entries(cases))
  test(name, () => assert.equal(expectedText(expected).test(normalise(output)), matches));
