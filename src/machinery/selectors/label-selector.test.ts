import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isStatus } from '../../api/status-error.ts';
import { labelSelectorFromMap, labelSelectorFromObject, parseLabelSelector } from './label-selector.ts';
import type { Labels } from './selector.ts';
import { formatSelector } from './selector.ts';

const matches: Record<string, { selector: string; yes: Labels[]; no: Labels[] }> = {
  'nothing asked': { selector: '', yes: [{}, { a: 'b' }], no: [] },
  equality: { selector: 'a=b', yes: [{ a: 'b' }], no: [{}, { a: 'c' }] },
  'double equality with spaces': { selector: ' a == b ', yes: [{ a: 'b' }], no: [{ a: '' }] },
  'an empty value': { selector: 'a=,b=c', yes: [{ a: '', b: 'c' }], no: [{ b: 'c' }] },
  'inequality takes absence': { selector: 'a!=b', yes: [{}, { a: 'c' }], no: [{ a: 'b' }] },
  in: { selector: 'a in (b, c)', yes: [{ a: 'b' }, { a: 'c' }], no: [{}, { a: 'd' }] },
  'in without a space': { selector: 'a in(b)', yes: [{ a: 'b' }], no: [{}] },
  'in with an empty value': { selector: 'a in (,b)', yes: [{ a: '' }, { a: 'b' }], no: [{}] },
  notin: { selector: 'a notin (b,c)', yes: [{}, { a: 'd' }], no: [{ a: 'b' }] },
  exists: { selector: 'a', yes: [{ a: '' }], no: [{ b: '' }] },
  absent: { selector: '!a', yes: [{}], no: [{ a: '' }] },
  greater: { selector: 'a>5', yes: [{ a: '6' }, { a: '10' }], no: [{}, { a: '5' }, { a: 'x' }] },
  less: { selector: 'a < 5', yes: [{ a: '-4' }], no: [{ a: '5' }] },
  'all of several': { selector: 'a=b,!c,d', yes: [{ a: 'b', d: '' }], no: [{ a: 'b', d: '', c: '' }] },
  'keys named as keywords': { selector: 'in in (in),notin', yes: [{ in: 'in', notin: '' }], no: [{ in: 'in' }] },
  'a key that objects inherit': { selector: 'constructor', yes: [{ constructor: 'x' }], no: [{}] },
  'a prefixed key': { selector: 'kubernetes.io/os=linux', yes: [{ 'kubernetes.io/os': 'linux' }], no: [{}] },
};
for (const [name, { selector, yes, no }] of Object.entries(matches)) {
  test(`selects: ${name}`, () => {
    const parsed = parseLabelSelector(selector);
    for (const labels of yes) assert.ok(parsed.matches(labels), JSON.stringify(labels));
    for (const labels of no) assert.ok(!parsed.matches(labels), JSON.stringify(labels));
    const again = parseLabelSelector(formatSelector(parsed));
    assert.deepEqual(again.requirements, parsed.requirements);
  });
}

const faults: Record<string, { selector: string; message: string }> = {
  'no operator': {
    selector: 'a b',
    message: "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
  },
  'a comma at the end': { selector: 'a=b,', message: "found '', expected: identifier after ','" },
  'a comma at the start': { selector: ',a', message: "found ',', expected: !, identifier, or 'end of string'" },
  'an open list': { selector: 'a in (b', message: "unable to parse requirement: found '', expected: ',' or ')'" },
  'no list': { selector: 'a in b', message: "unable to parse requirement: found 'b' expected: '('" },
  'an empty list': {
    selector: 'a in ()',
    message:
      "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
  },
  'two values': { selector: 'a=b c', message: "found 'c', expected: ',' or 'end of string'" },
  'a bad key': {
    selector: '-a=b',
    message:
      "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  },
  'no number': {
    selector: 'a>b',
    message:
      "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
  },
};
for (const [name, { selector, message }] of Object.entries(faults)) {
  test(`refuses: ${name}`, () => {
    assert.throws(() => parseLabelSelector(selector), { name: 'StatusError', reason: 'BadRequest', message });
  });
}

test('selector objects', () => {
  assert.ok(!labelSelectorFromObject(undefined).matches({ a: 'b' }));
  assert.ok(labelSelectorFromObject({}).matches({}));
  const selector = labelSelectorFromObject({
    matchLabels: { a: 'b' },
    matchExpressions: [
      { key: 'c', operator: 'In', values: ['d', 'e'] },
      { key: 'f', operator: 'DoesNotExist' },
    ],
  });
  assert.ok(selector.matches({ a: 'b', c: 'e' }));
  assert.ok(!selector.matches({ a: 'b', c: 'e', f: '' }));
  assert.throws(
    () => labelSelectorFromObject({ matchExpressions: [{ key: 'a', operator: 'Has' }] }),
    /"Has" is not a valid label selector operator/,
  );
  assert.equal(formatSelector(selector), 'a=b,c in (d,e),!f');
  assert.ok(labelSelectorFromMap({ a: 'b' }).matches({ a: 'b', c: 'd' }));
});

test('any text gives a selector or a BadRequest', () => {
  const pieces = fc.constantFrom(
    'a',
    'b/c',
    'in',
    'notin',
    '(',
    ')',
    ',',
    '=',
    '==',
    '!',
    '!=',
    '<',
    '>',
    ' ',
    '-',
    '7',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pieces).map((parts) => parts.join('')),
        fc.string(),
      ),
      (text) => {
        try {
          const parsed = parseLabelSelector(text);
          assert.deepEqual(parseLabelSelector(formatSelector(parsed)).requirements, parsed.requirements);
        } catch (error) {
          assert.ok(isStatus(error, 'BadRequest'), String(error));
        }
      },
    ),
    { numRuns: 3000 },
  );
});
