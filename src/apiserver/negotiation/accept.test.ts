import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseRepresentation } from './accept.ts';

const cases: Readonly<Record<string, readonly [string, string]>> = {
  'nothing asked': ['', 'json object v1'],
  anything: ['*/*', 'json object v1'],
  'protobuf first, as typed clients': ['application/vnd.kubernetes.protobuf,application/json', 'json object v1'],
  'kubectl get': [
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
    'json Table v1',
  ],
  'an unknown version of tables': ['application/json;as=Table;v=v9;g=meta.k8s.io,application/json', 'json object v1'],
  'metadata only': [
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    'json PartialObjectMetadataList v1',
  ],
  'quality decides': ['application/json;q=0.1,application/yaml', 'yaml object v1'],
  'quality zero refuses': ['application/json;q=0', 'none'],
  'protobuf alone': ['application/vnd.kubernetes.protobuf', 'none'],
  'what curl and browsers send': ['text/html,application/xml;q=0.9,*/*;q=0.8', 'json object v1'],
};

describe('chooseRepresentation', () => {
  for (const [name, [header, expected]] of Object.entries(cases)) {
    it(name, () => {
      const found = chooseRepresentation(header);
      assert.equal(found === undefined ? 'none' : `${found.format} ${found.as} ${found.metaVersion}`, expected);
    });
  }
});
