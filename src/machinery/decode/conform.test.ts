import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Deployment } from '../../api/apps/deployment.schema.ts';
import { Pod } from '../../api/core/pod.schema.ts';
import { Secret } from '../../api/core/secret.schema.ts';
import { Service } from '../../api/core/service.schema.ts';
import { Lease } from '../../api/coordination/lease.schema.ts';
import type { MessageSchema } from '../../api/schema.ts';
import { isStatus } from '../../api/status-error.ts';
import { typicalPod } from '../testing/typical-pod.ts';
import { conformToSchema } from './conform.ts';
import { parseJson } from './parse-json.ts';
import { strictDecodingError, strictFaults } from './strict-error.ts';

const deployment = (spec: unknown) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' }, spec });
const pod = (container: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a' },
  spec: { containers: [container] },
});

const frame = (kind: string, detail: string) => `${kind} in version "v1" cannot be handled as a ${kind}: ${detail}`;
const typeFaults: Record<string, { schema: MessageSchema; value: unknown; message: string }> = {
  'text for a number': {
    schema: Deployment,
    value: deployment({ replicas: 'three' }),
    message: frame(
      'Deployment',
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ),
  },
  'a fraction': {
    schema: Deployment,
    value: deployment({ replicas: 1.5 }),
    message: frame(
      'Deployment',
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ),
  },
  'a number too large': {
    schema: Deployment,
    value: deployment({ replicas: 4294967296 }),
    message: frame(
      'Deployment',
      'json: cannot unmarshal number 4294967296 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ),
  },
  'text for an object': {
    schema: Deployment,
    value: deployment('x'),
    message: frame(
      'Deployment',
      'json: cannot unmarshal string into Go struct field Deployment.spec of type v1.DeploymentSpec',
    ),
  },
  'a number in a list': {
    schema: Pod,
    value: pod({ name: 'a', command: [1] }),
    message: frame(
      'Pod',
      'json: cannot unmarshal number into Go struct field Container.spec.containers.command of type string',
    ),
  },
  'an object for a list': {
    schema: Pod,
    value: { apiVersion: 'v1', kind: 'Pod', spec: { containers: {} } },
    message: frame(
      'Pod',
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ),
  },
  'a number for a label': {
    schema: Pod,
    value: { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { a: 1 } } },
    message: frame(
      'Pod',
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ),
  },
  'a boolean environment value': {
    schema: Pod,
    value: pod({ name: 'a', env: [{ name: 'A', value: true }] }),
    message: frame(
      'Pod',
      'json: cannot unmarshal bool into Go struct field EnvVar.spec.containers.env.value of type string',
    ),
  },
  'a field behind one that was left again': {
    schema: Deployment,
    value: deployment({ selector: { matchLabels: { a: 'b' } }, paused: 'no' }),
    message: frame(
      'Deployment',
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type bool',
    ),
  },
  'no quantity': {
    schema: Pod,
    value: pod({ name: 'a', resources: { limits: { cpu: 'much' } } }),
    message: frame(
      'Pod',
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ),
  },
  'no base64': {
    schema: Secret,
    value: { apiVersion: 'v1', kind: 'Secret', data: { a: 'abcd!' } },
    message: frame('Secret', 'illegal base64 data at input byte 4'),
  },
  'no time': {
    schema: Pod,
    value: { apiVersion: 'v1', kind: 'Pod', metadata: { creationTimestamp: 'abc' } },
    message: frame('Pod', 'parsing time "abc" as "2006-01-02T15:04:05Z07:00": cannot parse "abc" as "2006"'),
  },
};
for (const [name, { schema, value, message }] of Object.entries(typeFaults)) {
  test(`wrong type: ${name}`, () => {
    assert.throws(
      () => conformToSchema(schema, value),
      (error) => {
        assert.ok(isStatus(error, 'BadRequest'));
        assert.equal(error.message, message);
        return true;
      },
    );
  });
}

test('unknown fields are dropped and reported with their paths', () => {
  const value = { ...pod({ name: 'a', foo: 1, ports: [{ containerPort: 1, x: null }] }), bar: {} };
  const { object, unknownFields } = conformToSchema(Pod, value);
  assert.deepEqual(unknownFields, ['spec.containers[0].foo', 'spec.containers[0].ports[0].x', 'bar']);
  assert.deepEqual(object, {
    ...pod({ name: 'a', ports: [{ containerPort: 1 }], resources: {} }),
    status: {},
  });
  const faults = strictFaults({ unknownFields, duplicateFields: ['kind'] });
  assert.equal(
    strictDecodingError({ apiVersion: 'v1', kind: 'Pod' }, faults).message,
    'Pod in version "v1" cannot be handled as a Pod: strict decoding error: duplicate field "kind", ' +
      'unknown field "spec.containers[0].foo", unknown field "spec.containers[0].ports[0].x", unknown field "bar"',
  );
});

test('nulls and what is empty vanish, what is always present is filled, values take their canonical form', () => {
  const { object } = conformToSchema(Pod, {
    ...pod({
      name: 'a',
      image: null,
      resources: { limits: { cpu: 0.5, memory: '1024Mi' } },
      ports: [{ containerPort: 1, protocol: '' }],
      volumeMounts: null,
      env: [],
    }),
    metadata: { name: 'a', creationTimestamp: '2026-01-02T03:04:05.6+01:00', labels: { a: null }, annotations: {} },
  });
  assert.deepEqual(object, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', creationTimestamp: '2026-01-02T02:04:05Z', labels: { a: '' } },
    spec: {
      containers: [{ name: 'a', resources: { limits: { cpu: '500m', memory: '1Gi' } }, ports: [{ containerPort: 1 }] }],
    },
    status: {},
  });
});

test('an empty Deployment has what Go always writes', () => {
  const { object } = conformToSchema(Deployment, {});
  assert.deepEqual(object, { metadata: {}, spec: { strategy: {} }, status: {} });
});

test('microseconds stay', () => {
  const { object } = conformToSchema(Lease, { spec: { renewTime: '2026-01-02T03:04:05.678901Z' } });
  assert.deepEqual(object['spec'], { renewTime: '2026-01-02T03:04:05.678901Z' });
});

test('missing and unsupported values are all named', () => {
  const { errors } = conformToSchema(Service, {
    spec: { type: 'Nodeport', ports: [{ protocol: 'tcp', port: 80 }, { protocol: 'TCP' }] },
    status: { conditions: [{}] },
  });
  assert.deepEqual(
    errors.map((error) => `${error.field}: ${error.message}`),
    [
      'spec.type: Unsupported value: "Nodeport": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      'spec.ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"',
      'spec.ports[1].port: Required value',
    ],
  );
});

test('a stored Pod is left as it is', () => {
  const stored = typicalPod();
  const { object, unknownFields, errors } = conformToSchema(Pod, stored);
  assert.deepEqual(object, stored);
  assert.deepEqual([unknownFields, errors], [[], []]);
});

test('conforming twice changes nothing, and no key reaches a prototype', () => {
  const keys = fc.constantFrom('metadata', 'labels', 'spec', 'name', 'containers', '__proto__', 'constructor', 'ports');
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<unknown>(null, 'x', 1, true, '2026-01-01T00:00:00Z'),
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('tree'), { maxLength: 3 }),
    object: fc.dictionary(keys, tie('tree'), { maxKeys: 5 }),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      const text = JSON.stringify(value);
      let once;
      try {
        once = conformToSchema(Pod, parseJson(text).value).object;
      } catch (error) {
        assert.ok(isStatus(error, 'BadRequest'));
        return;
      }
      assert.deepEqual(conformToSchema(Pod, once).object, once);
      assert.equal(Object.getPrototypeOf(once), Object.prototype);
    }),
    { numRuns: 500 },
  );
});
