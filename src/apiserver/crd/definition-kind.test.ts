import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { customResourceDefinitionKind } from '../../api/apiextensions/custom-resource-definition.ts';
import type { CustomResourceDefinition } from '../../api/apiextensions/custom-resource-definition.schema.ts';
import { CustomResourceDefinition as schema } from '../../api/apiextensions/custom-resource-definition.schema.ts';
import type { JSONSchemaProps } from '../../api/apiextensions/json-schema-props.schema.ts';
import { conformToSchema } from '../../machinery/decode/conform.ts';
import { withDeepValidation } from './definition-kind.ts';
import { cronTabs } from './testing.ts';

const kind = withDeepValidation(customResourceDefinitionKind);

function complete(definition: object): CustomResourceDefinition {
  const shaped = conformToSchema(schema, definition).object as unknown as CustomResourceDefinition;
  return kind.defaults?.(shaped) as CustomResourceDefinition;
}

const faults = (definition: object): string[] =>
  (kind.validate?.(complete(definition)) ?? []).map(({ field, message }) =>
    `${field}: ${message}`.replace('spec.versions[0].schema.openAPIV3Schema.properties[spec]', '…'),
  );
const ofSpec = (spec: object): string[] => faults(cronTabs(spec));
const object = (properties: object): object => ({ type: 'object', properties });
const text = { type: 'string' };

describe('what a definition may not say', () => {
  const [v1] = cronTabs(text).spec.versions;
  const cases: Readonly<Record<string, readonly [object, ...(string | RegExp)[]]>> = {
    nothing: [cronTabs({ type: 'object' })],
    'another name': [
      { ...cronTabs({ type: 'object' }), metadata: { name: 'x.example.com' } },
      'metadata.name: Invalid value: "x.example.com": must be spec.names.plural+"."+spec.group',
    ],
    'a group without a dot': [
      { ...cronTabs({ type: 'object' }, { spec: { group: 'example' } }), metadata: { name: 'crontabs.example' } },
      'spec.group: Invalid value: "example": should be a domain with at least one dot',
    ],
    'a protected group': [
      { ...cronTabs({ type: 'object' }, { spec: { group: 'x.k8s.io' } }), metadata: { name: 'crontabs.x.k8s.io' } },
      /^metadata.annotations\[api-approved.kubernetes.io\]: Required value: protected groups must have/,
    ],
    'two stored versions': [
      cronTabs({ type: 'object' }, { spec: { versions: [v1, { ...v1, name: 'v2' }] } }),
      'spec.versions: Invalid value: ["v1","v2"]: must have exactly one version marked as storage version',
    ],
    'two versions of one name': [
      cronTabs({ type: 'object' }, { spec: { versions: [v1, { ...v1, storage: false }] } }),
      'spec.versions: Invalid value: ["v1","v1"]: must contain unique version names',
    ],
    'a version without a schema': [
      cronTabs({ type: 'object' }, { version: { schema: undefined } }),
      'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required',
    ],
    'a conversion by a webhook that is not named': [
      cronTabs(
        { type: 'object' },
        { spec: { conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'] } } } },
      ),
      /spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook/,
    ],
    'unknown fields everywhere': [
      cronTabs({ type: 'object' }, { spec: { preserveUnknownFields: true } }),
      /^spec.preserveUnknownFields: Invalid value: true: cannot set to true/,
    ],
    'a scale outside of spec': [
      cronTabs(
        { type: 'object' },
        { version: { subresources: { scale: { specReplicasPath: '.x', statusReplicasPath: '.status.n' } } } },
      ),
      'spec.versions[0].subresources.scale.specReplicasPath: Invalid value: ".x": should be a json path under .spec',
    ],
    'a column without a path that can be read': [
      cronTabs(
        { type: 'object' },
        { version: { additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.a[' }] } },
      ),
      'spec.versions[0].additionalPrinterColumns[0].jsonPath: Invalid value: ".a[": unterminated array',
    ],
    'a field to select by that is not there': [
      cronTabs({ type: 'object' }, { version: { selectableFields: [{ jsonPath: '.spec.x' }] } }),
      /selectableFields\[0\].jsonPath: Invalid value: ".spec.x": is an invalid path/,
    ],
  };
  for (const [name, [definition, ...expected]] of Object.entries(cases)) {
    it(name, () => {
      const found = faults(definition);
      assert.equal(found.length, expected.length, found.join('\n'));
      for (const [index, one] of expected.entries()) {
        if (typeof one === 'string') assert.equal(found[index], one);
        else assert.match(found[index] ?? '', one);
      }
    });
  }
});

describe('schemas that are not structural', () => {
  const cases: Readonly<Record<string, readonly [object, ...string[]]>> = {
    'no type': [
      object({ a: {} }),
      '….properties[a].type: Required value: must not be empty for specified object fields',
    ],
    'no type of items': [
      object({ a: { type: 'array', items: {} } }),
      '….properties[a].items.type: Required value: must not be empty for specified array items',
    ],
    'a list without items': [
      object({ a: { type: 'array' } }),
      '….properties[a].items: Required value: must be specified',
    ],
    'a type inside anyOf': [
      object({ a: { ...text, anyOf: [{ type: 'string' }] } }),
      '….properties[a].anyOf[0].type: Forbidden: must be empty to be structural',
    ],
    'a field that only anyOf knows': [
      { type: 'object', anyOf: [{ properties: { a: { minLength: 1 } } }] },
      '….properties[a]: Required value: because it is defined in ….anyOf[0].properties[a]'.replace(
        'defined in …',
        'defined in spec.versions[0].schema.openAPIV3Schema.properties[spec]',
      ),
    ],
    'the usual alternatives of a number or a text': [
      object({ a: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, text] } }),
    ],
    'properties beside free keys': [
      { ...object({ a: text }), additionalProperties: text },
      '….additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
    ],
    'a list of unique items': [
      object({ a: { type: 'array', items: text, uniqueItems: true } }),
      '….properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    ],
    'a reference': [object({ a: { ...text, $ref: '#/x' } }), '….properties[a].$ref: Forbidden: $ref is not supported'],
    'keys that items do not have': [
      object({
        a: { type: 'array', items: object({}), 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] },
      }),
      '….properties[a].x-kubernetes-list-map-keys[0]: Invalid value: "k": entries must all be names of item properties',
    ],
  };
  for (const [name, [spec, ...expected]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(ofSpec(spec), expected));
  }
});

describe('what a schema says in other languages', () => {
  const cases: Readonly<Record<string, readonly [object, RegExp]>> = {
    'a pattern': [
      object({ a: { ...text, pattern: '(?=a)' } }),
      /^….properties\[a\].pattern: Invalid value: "\(\?=a\)": must be a valid regular expression, but isn't: error parsing regexp/,
    ],
    'a default of another type': [
      object({ a: { ...text, default: 1 } }),
      /^….properties\[a\].default: Invalid value: "integer": …?.*default in body must be of type string: "integer"/,
    ],
    'a default with fields that are not there': [
      object({ a: { type: 'object', default: { b: 1 } } }),
      /^….properties\[a\].default: Invalid value: {"b":1}: must not have unknown fields/,
    ],
    'a rule': [
      { ...object({ a: text }), 'x-kubernetes-validations': [{ rule: 'self.b == 1' }] },
      /^….x-kubernetes-validations\[0\].rule: Invalid value: "self.b == 1": compilation failed: ERROR: <input>:1:6/,
    ],
  };
  for (const [name, [spec, expected]] of Object.entries(cases)) {
    it(name, () => {
      const found = ofSpec(spec);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0] ?? '', expected);
    });
  }

  it('a schema inside items is read as strictly as any', () => {
    assert.throws(
      () => complete(cronTabs({ type: 'array', items: { type: 5 } } as unknown as JSONSchemaProps)),
      /cannot unmarshal number/,
    );
  });
});

describe('a change of a definition', () => {
  it('leaves what its objects are stored by', () => {
    const old = complete(cronTabs({ type: 'object' }));
    const status = { conditions: [{ type: 'Established', status: 'True' as const }], storedVersions: ['v1', 'v0'] };
    const changed = complete(cronTabs({ type: 'object' }, { names: { kind: 'Other' }, spec: { scope: 'Cluster' } }));
    const found = kind.validateUpdate?.({ ...changed, status }, { ...old, status }) ?? [];
    assert.deepEqual(
      found.map(({ field, message }) => `${field}: ${message}`),
      [
        'spec.scope: Invalid value: "Cluster": field is immutable',
        'spec.names.kind: Invalid value: "Other": field is immutable',
        'status.storedVersions[1]: Invalid value: "v0": must appear in spec.versions',
      ],
    );
  });
});
