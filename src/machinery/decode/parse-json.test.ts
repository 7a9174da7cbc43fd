import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isStatus } from '../../api/status-error.ts';
import { parseJson } from './parse-json.ts';

const duplicates: Record<string, { text: string; fields: string[] }> = {
  none: { text: '{"a":{"x":1},"b":{"x":1}}', fields: [] },
  'at the root': { text: '{"a":1,"a":2}', fields: ['a'] },
  nested: { text: '{"spec":{"replicas":1,"replicas":2}}', fields: ['spec.replicas'] },
  'in a list': { text: '{"c":[{"n":1},{"n":1,"m":[1,2],"n":2}]}', fields: ['c[1].n'] },
  'written with an escape': { text: '{"a":1,"\\u0061":2}', fields: ['a'] },
  'only alike inside a string': { text: '{"a":"\\"a\\":1,{[","b":"a"}', fields: [] },
  'three times': { text: '{"a":1,"a":2,"a":3}', fields: ['a'] },
};
for (const [name, { text, fields }] of Object.entries(duplicates)) {
  test(`repeated keys: ${name}`, () => assert.deepEqual(parseJson(text).duplicateFields, fields));
}

const refused: Record<string, { body: string | Buffer; message: RegExp }> = {
  nothing: { body: '', message: /unexpected end of JSON input/ },
  'cut off': { body: '{"a":', message: /unexpected end of JSON input/ },
  'two values': { body: '{} {}', message: /json parse error/ },
  'invalid UTF-8': { body: Buffer.from([0x22, 0xff, 0x22]), message: /invalid UTF-8/ },
  'lists too deep': { body: '['.repeat(600) + ']'.repeat(600), message: /exceeded max depth/ },
  'a million brackets': { body: '{"a":'.repeat(1_000_000), message: /exceeded max depth/ },
};
for (const [name, { body, message }] of Object.entries(refused)) {
  test(`refuses ${name}`, () => {
    assert.throws(
      () => parseJson(body),
      (error) => isStatus(error, 'BadRequest') && message.test(error.message),
    );
  });
}

test('brackets inside strings do not count as depth', () => {
  const value = { a: '[{'.repeat(2000) + '"\\' };
  assert.deepEqual(parseJson(JSON.stringify(value)).value, value);
});

test('__proto__ is an ordinary key', () => {
  const { value } = parseJson('{"__proto__":{"polluted":true}}');
  assert.ok(Object.hasOwn(value as object, '__proto__'));
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test('reads what JSON.stringify writes, without inventing repeated keys', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value);
      const parsed = parseJson(Buffer.from(text));
      assert.deepEqual(parsed.value, JSON.parse(text));
      assert.deepEqual(parsed.duplicateFields, []);
    }),
    { numRuns: 300 },
  );
});

test('any bytes give a value or a BadRequest', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        assert.ok(Array.isArray(parseJson(Buffer.from(bytes)).duplicateFields));
      } catch (error) {
        assert.ok(isStatus(error, 'BadRequest'));
      }
    }),
    { numRuns: 500 },
  );
});
