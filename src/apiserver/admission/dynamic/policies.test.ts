import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonAnswer } from '../../testing/answers.ts';
import { sendJson } from '../../testing/answers.ts';
import { startTestServer, testAdmin } from '../../testing/start.ts';

const registration = '/apis/admissionregistration.k8s.io/v1';
const at = '/api/v1/namespaces/default/configmaps';
const matchConstraints = {
  resourceRules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
};
const prefix = (name: string) =>
  `configmaps "${name}" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: `;

interface Case {
  readonly spec: object;
  readonly binding?: object;
  readonly code: number;
  readonly message?: string;
  readonly warning?: RegExp;
}

const cases: Readonly<Record<string, Case>> = {
  passes: { spec: { validations: [{ expression: "object.data.a == '1'" }] }, code: 201 },
  fails: {
    spec: { validations: [{ expression: "object.data.a == '2'" }] },
    code: 422,
    message: "failed expression: object.data.a == '2'",
  },
  'says why': {
    spec: {
      variables: [{ name: 'a', expression: 'object.data.a' }],
      validations: [{ expression: 'false', messageExpression: "'a is ' + variables.a", reason: 'Forbidden' }],
    },
    code: 403,
    message: 'a is 1',
  },
  'only warns': {
    spec: { validations: [{ expression: 'false', message: 'no' }] },
    binding: { validationActions: ['Warn', 'Audit'] },
    code: 201,
    warning: /Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': no/,
  },
  'is not meant': {
    spec: {
      matchConditions: [{ name: 'n', expression: "request.namespace != 'default'" }],
      validations: [{ expression: 'false' }],
    },
    code: 201,
  },
  'cannot be evaluated': {
    spec: { validations: [{ expression: "object.data.b == '1'" }] },
    code: 422,
    message: "expression 'object.data.b == '1'' resulted in error: ",
  },
  'cannot be evaluated, and need not be': {
    spec: { failurePolicy: 'Ignore', validations: [{ expression: "object.data.b == '1'" }] },
    code: 201,
  },
  'has parameters': {
    spec: {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [{ expression: 'object.data.a != params.data.refused' }],
    },
    binding: { paramRef: { name: 'params', parameterNotFoundAction: 'Deny' } },
    code: 422,
    message: 'failed expression: object.data.a != params.data.refused',
  },
  'lacks its parameters': {
    spec: { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'true' }] },
    binding: { paramRef: { name: 'none', parameterNotFoundAction: 'Deny' } },
    code: 422,
    message: 'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
  },
  'asks what the user may do': {
    spec: {
      validations: [
        { expression: "authorizer.group('').resource('pods').namespace('default').check('delete').allowed()" },
        { expression: "namespaceObject.metadata.name == 'default'" },
      ],
    },
    code: 201,
  },
};

test('a validating policy', async (t) => {
  await using server = await startTestServer();
  const transport = server.server.transport(testAdmin);
  const send = (method: string, path: string, body?: object): Promise<JsonAnswer> =>
    sendJson(transport, method, path, body);
  const configMap = (name: string, data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  const make = async (kind: string, plural: string, name: string, spec: object): Promise<void> => {
    const object = { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name }, spec };
    const answer = await send('POST', `${registration}/${plural}`, object);
    assert.equal(answer.code, 201, answer.message);
  };
  await send('POST', at, configMap('params', { refused: '1' }));
  for (const [name, { spec, binding = {}, code, message, warning }] of Object.entries(cases)) {
    await t.test(name, async () => {
      await make('ValidatingAdmissionPolicy', 'validatingadmissionpolicies', 'p', { matchConstraints, ...spec });
      const bound = { policyName: 'p', validationActions: ['Deny'], ...binding };
      await make('ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', 'b', bound);
      const answer = await send('POST', at, configMap('x', { a: '1' }));
      await send('DELETE', `${at}/x`);
      await send('DELETE', `${registration}/validatingadmissionpolicies/p`);
      await send('DELETE', `${registration}/validatingadmissionpolicybindings/b`);
      assert.equal(answer.code, code, answer.message);
      if (message !== undefined) assert.ok(answer.message?.startsWith(prefix('x') + message), answer.message);
      if (warning !== undefined) assert.match(answer.headers['warning'] ?? '', warning);
    });
  }
});

test('expressions that do not compile are refused with their place', async () => {
  await using server = await startTestServer();
  const transport = server.server.transport(testAdmin);
  const spec = { matchConstraints, validations: [{ expression: 'object.a ==' }, { expression: "'text'" }] };
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'p' },
  };
  const answer = await sendJson(transport, 'POST', `${registration}/validatingadmissionpolicies`, { ...policy, spec });
  assert.equal(answer.code, 422);
  const message = answer.message ?? '';
  assert.match(
    message,
    /spec.validations\[0\].expression: Invalid value: "object.a ==": compilation failed: ERROR: <input>:1:/,
  );
  assert.match(message, /spec.validations\[1\].expression: Invalid value: "'text'": must evaluate to a? ?bool/);
});
