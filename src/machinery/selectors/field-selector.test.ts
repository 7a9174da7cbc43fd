import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../api/object.ts';
import { fieldMatcher, parseFieldSelector, requiredValue } from './field-selector.ts';

const object = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: '', resourceVersion: '1', creationTimestamp: '' },
});
const kind = { selectableFields: { 'status.phase': () => 'Running' } };

const cases: Record<string, { selector: string; matches: boolean }> = {
  nothing: { selector: '', matches: true },
  name: { selector: 'metadata.name=a', matches: true },
  'another name': { selector: 'metadata.name==b', matches: false },
  'not another name': { selector: 'metadata.name!=b', matches: true },
  'the kind’s own field': { selector: 'metadata.namespace=default,status.phase!=Running', matches: false },
  'an empty value': { selector: 'status.phase=', matches: false },
  'empty terms': { selector: ',metadata.name=a,', matches: true },
};
for (const [name, { selector, matches }] of Object.entries(cases)) {
  test(`field selector: ${name}`, () => {
    assert.equal(fieldMatcher(parseFieldSelector(selector), kind)(object('a')), matches);
  });
}

test('escapes', () => {
  assert.equal(requiredValue(parseFieldSelector(String.raw`a=b\,c\=d\\`), 'a'), String.raw`b,c=d` + '\\');
  assert.throws(() => parseFieldSelector(String.raw`a=b\c`), /invalid escape sequence: \\c/);
});

test('faults', () => {
  assert.throws(() => parseFieldSelector('abc'), { message: "invalid selector: 'abc'; can't understand 'abc'" });
  assert.throws(() => fieldMatcher(parseFieldSelector('spec.x=1'), kind), {
    message: 'field label not supported: spec.x',
  });
  assert.throws(() => fieldMatcher(parseFieldSelector('constructor=1'), {}), {
    message: '"constructor" is not a known field selector: only "metadata.name", "metadata.namespace"',
  });
});
