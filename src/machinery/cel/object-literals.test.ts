import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPlainObjects } from './object-literals.ts';

const cases: Readonly<Record<string, readonly [string, string]>> = {
  'a nested object': [
    'Object{spec: Object.spec{replicas: 1, x: [Object.spec.x{a: b}]}}',
    '{"spec": {"replicas": 1, "x": [{"a": b}]}}',
  ],
  'a patch': [
    '[JSONPatch{op: "add", path: "/a", value: c ? d : e}]',
    '[{"op": "add", "path": "/a", "value": c ? d : e}]',
  ],
  'a plain map': ["{'a': Object, 'b': x.y}", "{'a': Object, 'b': x.y}"],
  'text that looks like one': ['\'Object{a: 1}\' + "JSONPatch{b: 2}"', '\'Object{a: 1}\' + "JSONPatch{b: 2}"'],
  'optional fields': ['Object{?a: b}', '{?"a": b}'],
  'a call inside': ['Object{a: f(b, c), d: e}', '{"a": f(b, c), "d": e}'],
};

for (const [name, [text, expected]] of Object.entries(cases)) {
  test(`objects of declared types as maps: ${name}`, () => assert.equal(withPlainObjects(text), expected));
}
