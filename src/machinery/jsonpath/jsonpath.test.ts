import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileJsonPath, JsonPathError } from './jsonpath.ts';

const object = {
  metadata: { name: 'a', labels: { 'example.com/tier': 'web' } },
  spec: {
    replicas: 3,
    ports: [
      { name: 'http', port: 80 },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
  },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Old', status: 'False' },
    ],
  },
};

describe('paths', () => {
  const cases: Readonly<Record<string, unknown[]>> = {
    '.metadata.name': ['a'],
    'metadata.name': ['a'],
    '$.spec.replicas': [3],
    '.spec.missing': [],
    '.metadata.labels.example\\.com/tier': ['web'],
    ".metadata.labels['example.com/tier']": ['web'],
    '.status.conditions[?(@.type=="Ready")].status': ['True'],
    ".status.conditions[?(@.type!='Ready')].status": ['False'],
    '.spec.ports[?(@.port>60)].name': ['http'],
    '.spec.ports[?(@.protocol)].name': ['dns'],
    '.spec.ports[*].port': [80, 53],
    '.spec.ports[0].port': [80],
    '.spec.ports[-1].port': [53],
    '.spec.ports[0,1].name': ['http', 'dns'],
    '.spec.ports[1:].name': ['dns'],
    '.spec.ports[:1].name': ['http'],
    '..port': [80, 53],
    ".spec.ports[0]['name','port']": ['http', 80],
    '.metadata.constructor': [],
  };
  for (const [path, expected] of Object.entries(cases)) {
    test(path, () => assert.deepEqual(compileJsonPath(path)(object), expected));
  }

  for (const path of ['.a[', '.a[x]', '.a[?(b=1)]', '.a..', '.a b']) {
    test(`refuses ${path}`, () => assert.throws(() => compileJsonPath(path), JsonPathError));
  }
});
