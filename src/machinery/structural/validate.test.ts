import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { validateStructural } from './validate.ts';
import type { Structural } from './walk.ts';

const text: Structural = { type: 'string' };
const faults = (schema: Structural, value: unknown, old?: unknown): string[] =>
  validateStructural(schema, value, 'spec', old).map(({ field, message }) => `${field}: ${message}`);

describe('faults, worded as upstream', () => {
  const cases: Readonly<Record<string, readonly [schema: Structural, value: unknown, ...faults: string[]]>> = {
    'a wrong type': [
      { type: 'integer' },
      'a',
      'spec: Invalid value: "string": spec in body must be of type integer: "string"',
    ],
    'a fraction for an integer': [
      { type: 'integer' },
      1.5,
      'spec: Invalid value: "number": spec in body must be of type integer: "number"',
    ],
    'an integer for a number': [{ type: 'number' }, 1],
    null: [text, null, 'spec: Invalid value: "null": spec in body must be of type string: "null"'],
    'a null that may be': [{ ...text, nullable: true, enum: ['a'] }, null],
    'a number or a text': [{ 'x-kubernetes-int-or-string': true }, 1],
    'neither a number nor a text': [
      { 'x-kubernetes-int-or-string': true },
      true,
      'spec: Invalid value: "boolean": spec in body must be of type integer,string: "boolean"',
    ],
    required: [{ type: 'object', required: ['a', 'b'] }, { b: 1 }, 'spec.a: Required value'],
    enum: [{ ...text, enum: ['a', 'b'] }, 'c', 'spec: Unsupported value: "c": supported values: "a", "b"'],
    pattern: [{ ...text, pattern: '^a+$' }, 'b', 'spec: Invalid value: "b": spec in body should match \'^a+$\''],
    'too long': [{ ...text, maxLength: 1 }, 'ab', 'spec: Too long: may not be more than 1 bytes'],
    'characters, not units': [{ ...text, maxLength: 1 }, '😀'],
    'too short': [
      { ...text, minLength: 2 },
      'a',
      'spec: Invalid value: "a": spec in body should be at least 2 chars long',
    ],
    'too large': [
      { type: 'integer', maximum: 3 },
      4,
      'spec: Invalid value: 4: spec in body should be less than or equal to 3',
    ],
    'not below': [
      { type: 'integer', maximum: 3, exclusiveMaximum: true },
      3,
      'spec: Invalid value: 3: spec in body should be less than 3',
    ],
    'too small': [
      { type: 'number', minimum: 0.5 },
      0.25,
      'spec: Invalid value: 0.25: spec in body should be greater than or equal to 0.5',
    ],
    'no multiple': [
      { type: 'number', multipleOf: 0.1 },
      0.35,
      'spec: Invalid value: 0.35: spec in body should be a multiple of 0.1',
    ],
    'a multiple': [{ type: 'number', multipleOf: 0.1 }, 0.3],
    'a format': [
      { ...text, format: 'date-time' },
      'noon',
      'spec: Invalid value: "noon": spec in body must be of type date-time: "noon"',
    ],
    'a format that nobody knows': [{ ...text, format: 'song' }, 'la'],
    'too few items': [
      { type: 'array', items: text, minItems: 2 },
      ['a'],
      'spec: Invalid value: 1: spec in body should have at least 2 items',
    ],
    'too many items': [{ type: 'array', maxItems: 1 }, ['a', 'b'], 'spec: Too many: 2: must have at most 1 items'],
    'an item': [
      { type: 'array', items: { type: 'object', properties: { a: text } } },
      [{ a: 'x' }, { a: 1 }],
      'spec[1].a: Invalid value: "integer": spec[1].a in body must be of type string: "integer"',
    ],
    'a repeated item of a set': [
      { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
      ['a', 'b', 'a'],
      'spec[2]: Duplicate value: "a"',
    ],
    'a repeated key': [
      {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['n'],
        items: { type: 'object', properties: { n: text } },
      },
      [{ n: 'a' }, { n: 'a', x: 1 }],
      'spec[1]: Duplicate value: {"n":"a"}',
    ],
    'free keys': [
      { type: 'object', additionalProperties: { type: 'integer' }, maxProperties: 2 },
      { a: 1, b: 'x', c: 2 },
      'spec: Too many: 3: must have at most 2 items',
      'spec.b: Invalid value: "string": spec.b in body must be of type integer: "string"',
    ],
    anyOf: [
      { type: 'object', properties: { a: text, b: text }, anyOf: [{ required: ['a'] }, { required: ['b'] }] },
      {},
      '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
      'spec.a: Required value',
    ],
    'oneOf, none': [
      { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      {},
      '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid',
      'spec.a: Required value',
    ],
    'oneOf, two': [
      { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      { a: 1, b: 1 },
      '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
    allOf: [
      { type: 'integer', allOf: [{ minimum: 1 }, { maximum: 5 }] },
      9,
      'spec: Invalid value: 9: spec in body should be less than or equal to 5',
      '<nil>: Invalid value: "": "spec" must validate all the schemas (allOf)',
    ],
    not: [
      { ...text, not: { enum: ['a'] } },
      'a',
      '<nil>: Invalid value: "": "spec" must not validate the schema (not)',
    ],
    'an embedded object': [
      { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
      { kind: 'Pod' },
      'spec.apiVersion: Required value: must not be empty',
    ],
    'names that every object inherits': [
      { type: 'object', properties: { a: text }, required: ['constructor'] },
      {},
      'spec.constructor: Required value',
    ],
  };
  for (const [name, [schema, value, ...expected]] of Object.entries(cases)) {
    test(name, () => assert.deepEqual(faults(schema, value), expected));
  }
});

test('of a change only what has changed is judged', () => {
  const short: Structural = { ...text, maxLength: 1 };
  const schema: Structural = {
    type: 'object',
    properties: {
      a: short,
      b: short,
      keyed: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['n'],
        items: { type: 'object', properties: { n: text, v: short } },
      },
      plain: { type: 'array', items: short },
    },
  };
  const old = { a: 'long', b: 'x', keyed: [{ n: '1', v: 'long' }], plain: ['long'] };
  assert.deepEqual(faults(schema, { ...old, b: 'y' }, old), []);
  assert.deepEqual(faults(schema, { ...old, keyed: [{ n: '2', v: 'z' }, ...old.keyed] }, old), []);
  assert.deepEqual(faults(schema, { ...old, a: 'longer' }, old), ['spec.a: Too long: may not be more than 1 bytes']);
  // Items without keys cannot be told apart: a changed list is judged as a whole.
  assert.equal(faults(schema, { ...old, plain: ['long', 'z'] }, old).length, 1);
});
