import assert from 'node:assert/strict';
import { test } from 'node:test';
import { converterFault } from './converter-fault.ts';

const cases: Record<string, string> = {
  'string into Go struct field DeploymentSpec.spec.replicas of type int32': 'unrecognized type: int32',
  'number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32': 'cannot convert float64 to int32',
  'number into Go struct field ObjectMeta.metadata.labels of type string': 'cannot convert int64 to string',
  'string into Go struct field ConfigMap.data of type map[string]string': 'cannot restore map from string',
  'object into Go struct field PodSpec.spec.containers of type []v1.Container': 'cannot restore slice from map',
  'array into Go struct field Deployment.spec of type v1.DeploymentSpec': 'cannot restore struct from: slice',
};
for (const [words, expected] of Object.entries(cases))
  test(words, () => assert.equal(converterFault(`json: cannot unmarshal ${words}`), expected));

test('other words stay', () => {
  const words = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  assert.equal(converterFault(words), words);
});
