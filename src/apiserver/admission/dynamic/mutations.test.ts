import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendJson } from '../../testing/answers.ts';
import { startTestServer, testAdmin } from '../../testing/start.ts';

const registration = '/apis/admissionregistration.k8s.io/v1';
const at = '/api/v1/namespaces/default/configmaps';
const matchConstraints = {
  resourceRules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
};

test('a mutating policy patches and applies, in order', async () => {
  await using server = await startTestServer();
  const transport = server.server.transport(testAdmin);
  const make = async (kind: string, plural: string, name: string, spec: object): Promise<void> => {
    const object = { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name }, spec };
    const answer = await sendJson(transport, 'POST', `${registration}/${plural}`, object);
    assert.equal(answer.code, 201, answer.message);
  };
  const patch = `[JSONPatch{op: "add", path: "/data/" + jsonpatch.escapeKey("b"), value: object.data.a + variables.end}]`;
  const apply = 'Object{metadata: Object.metadata{labels: Object.metadata.labels{seen: object.data.b}}}';
  await make('MutatingAdmissionPolicy', 'mutatingadmissionpolicies', 'p', {
    matchConstraints,
    reinvocationPolicy: 'Never',
    variables: [{ name: 'end', expression: "'!'.size() == 1 ? '-end' : ''" }],
    mutations: [
      { patchType: 'JSONPatch', jsonPatch: { expression: patch } },
      { patchType: 'ApplyConfiguration', applyConfiguration: { expression: apply } },
    ],
  });
  await make('MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings', 'b', { policyName: 'p' });
  const configMap = (name: string, data: object) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { own: '1' } },
    data,
  });
  const { code, body, message } = await sendJson(transport, 'POST', at, configMap('x', { a: '1' }));
  assert.equal(code, 201, message);
  assert.deepEqual(body['data'], { a: '1', b: '1-end' });
  assert.deepEqual((body['metadata'] as { labels: object }).labels, { own: '1', seen: '1-end' });
  const refused = await sendJson(transport, 'POST', at, configMap('y', { c: '1' }));
  assert.equal(refused.code, 403);
  assert.match(refused.message ?? '', /^configmaps "y" is forbidden: policy 'p' with binding 'b' denied request: /);
});
