import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { SelfSubjectAccessReview } from '../../api/authorization/self-subject-access-review.schema.ts';
import { Deployment } from '../../api/apps/deployment.schema.ts';
import { SubjectAccessReview } from '../../api/authorization/subject-access-review.schema.ts';
import { CustomResourceDefinition } from '../../api/apiextensions/custom-resource-definition.schema.ts';
import { ConfigMap } from '../../api/core/config-map.schema.ts';
import { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import { Pod } from '../../api/core/pod.schema.ts';
import { Secret } from '../../api/core/secret.schema.ts';
import { Service } from '../../api/core/service.schema.ts';
import { Lease } from '../../api/coordination/lease.schema.ts';
import { ControllerRevision } from '../../api/apps/controller-revision.schema.ts';
import type { MessageSchema } from '../../api/schema.ts';
import { isStatus } from '../../api/status-error.ts';
import type { JsonObject } from '../json.ts';
import { typicalPod } from '../testing/typical-pod.ts';
import { decodeProtobuf } from './decode.ts';
import { encodeProtobuf } from './encode.ts';
import { WireWriter, wireType } from './wire.ts';

type Root = JsonObject & { apiVersion: string; kind: string };
const roundTrips: Record<string, { schema: MessageSchema; object: Root }> = {
  'a Pod, with inline sources and probes': { schema: Pod, object: typicalPod() },
  'a Secret, with bytes': {
    schema: Secret,
    object: { apiVersion: 'v1', kind: 'Secret', metadata: {}, data: { a: 'AP8Q', empty: '' } },
  },
  'a ConfigMap with awkward keys': {
    schema: ConfigMap,
    object: JSON.parse('{"apiVersion":"v1","kind":"ConfigMap","metadata":{},"data":{"__proto__":"x","é":"ü"}}') as Root,
  },
  'a CustomResourceDefinition, whose schemas take several forms': {
    schema: CustomResourceDefinition,
    object: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'a' },
      spec: {
        group: 'b',
        names: { plural: 'as', kind: 'A' },
        scope: 'Namespaced',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  list: { type: 'array', items: { type: 'string', default: 'x', enum: ['x', 1, null] } },
                  closed: { type: 'object', additionalProperties: false },
                  map: { type: 'object', additionalProperties: { type: 'integer', maximum: 1.5 } },
                  tuple: { items: [{ type: 'string' }], additionalItems: true },
                  old: { dependencies: { a: ['b', 'c'], d: { type: 'object' } } },
                },
              },
            },
          },
        ],
      },
    },
  },
  'a Service with both kinds of port': {
    schema: Service,
    object: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a' },
      spec: {
        ports: [
          { port: 80, targetPort: 'http' },
          { port: 81, targetPort: 8081 },
        ],
      },
      status: { loadBalancer: {} },
    },
  },
  'a Deployment scaled to nothing': {
    schema: Deployment,
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a', managedFields: [{ manager: 'x', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }] },
      spec: {
        replicas: 0,
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: {}, spec: { containers: [] } },
      },
      status: {},
    },
  },
  'a claim with an empty class': {
    schema: PersistentVolumeClaim,
    object: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {},
      spec: { storageClassName: '', resources: { requests: { storage: '1Gi' } } },
    },
  },
  'a review with wrapped lists': {
    schema: SubjectAccessReview,
    object: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: {},
      spec: { user: 'a', extra: { scopes: ['x', 'y'], none: [] } },
    },
  },
  'a Lease with microseconds': {
    schema: Lease,
    object: {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { creationTimestamp: '2026-01-02T03:04:05Z' },
      spec: { renewTime: '2026-01-02T03:04:05.678901Z', leaseDurationSeconds: 40 },
    },
  },
  'a revision with raw JSON and a negative number': {
    schema: ControllerRevision,
    object: { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: {}, data: { a: [1, null] }, revision: -3 },
  },
};
for (const [name, { schema, object }] of Object.entries(roundTrips)) {
  test(`round trip: ${name}`, () => {
    const decoded = decodeProtobuf(encodeProtobuf(object, schema), () => schema);
    assert.equal(decoded.kind, object.kind);
    // Lists that hold nothing do not exist on the wire.
    assert.deepEqual(JSON.parse(JSON.stringify(decoded.value)), withoutEmptyLists(object));
  });
}

function withoutEmptyLists(value: unknown, inMap = false): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutEmptyLists(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => inMap || !(Array.isArray(item) && item.length === 0));
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutEmptyLists(item, key === 'extra')]));
}

/** What `kubectl auth can-i list pods` sends, byte by byte (Go writes every field that is no pointer). */
test('a body as client-go writes it', () => {
  const attributes = new WireWriter()
    .field(1, 'default')
    .field(2, 'list')
    .field(3, '')
    .field(4, '')
    .field(5, 'pods')
    .field(6, '')
    .field(7, '')
    .finish();
  const spec = new WireWriter().field(1, attributes).finish();
  const status = new WireWriter()
    .tag(1, wireType.varint)
    .varint(0)
    .field(2, '')
    .field(3, '')
    .tag(4, 0)
    .varint(0)
    .finish();
  const metadata = new WireWriter()
    .field(1, '')
    .field(2, '')
    .field(3, '')
    .field(4, '')
    .field(5, '')
    .field(6, '')
    .tag(7, wireType.varint)
    .varint(0)
    .field(8, '')
    .finish();
  const review = new WireWriter().field(1, metadata).field(2, spec).field(3, status).finish();
  const typeMeta = new WireWriter().field(1, 'authorization.k8s.io/v1').field(2, 'SelfSubjectAccessReview').finish();
  const unknown = new WireWriter().field(1, typeMeta).field(2, review).field(3, '').field(4, '').finish();
  const { value } = decodeProtobuf(Buffer.concat([Buffer.from('k8s\0'), unknown]), () => SelfSubjectAccessReview);
  assert.deepEqual(value, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    metadata: {},
    spec: { resourceAttributes: { namespace: 'default', verb: 'list', resource: 'pods' } },
    status: { allowed: false },
  });
});

test('unknown fields of every wire type are skipped', () => {
  const extra = new WireWriter().tag(900, 0).varint(5n).tag(901, 1).double(1).field(902, 'x').finish();
  const body = encodeProtobuf({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' } }, ConfigMap);
  const { value } = decodeProtobuf(Buffer.concat([body, extra]), () => ConfigMap);
  assert.deepEqual(value, { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' } });
});

test('a kind that nobody serves', () => {
  const body = encodeProtobuf({ apiVersion: 'x/v1', kind: 'Y' }, ConfigMap);
  assert.throws(() => decodeProtobuf(body, () => undefined), /no kind "Y" is registered for version "x\/v1"/);
});

test('truncated and damaged bodies are refused or read, never anything else', () => {
  const body = encodeProtobuf(typicalPod(), Pod);
  const attempt = (damaged: Buffer): void => {
    try {
      decodeProtobuf(damaged, () => Pod);
    } catch (error) {
      assert.ok(isStatus(error, 'BadRequest'), String(error));
    }
  };
  for (let length = 0; length < body.length; length++) attempt(body.subarray(0, length));
  fc.assert(
    fc.property(fc.nat({ max: body.length - 5 }), fc.uint8Array({ minLength: 1, maxLength: 8 }), (at, bytes) => {
      const damaged = Buffer.from(body);
      damaged.set(bytes.slice(0, damaged.length - at - 4), at + 4);
      attempt(damaged);
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => attempt(Buffer.concat([Buffer.from('k8s\0'), bytes]))),
    { numRuns: 1000 },
  );
});

test('what Go writes as false because it is no pointer counts as left out; a pointer to false stays', () => {
  const sent = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a' },
    spec: {
      hostNetwork: false,
      automountServiceAccountToken: false,
      containers: [{ name: 'c', stdin: false, tty: false, securityContext: { privileged: false } }],
    },
  };
  const { value } = decodeProtobuf(encodeProtobuf(sent, Pod), () => Pod);
  assert.deepEqual(value['spec'], {
    automountServiceAccountToken: false,
    containers: [{ name: 'c', securityContext: { privileged: false } }],
  });
});

test('zeros that mean nothing are left out of inline messages too', () => {
  const debug = {
    name: 'debug',
    stdin: false,
    stdinOnce: false,
    tty: true,
    restartPolicy: '',
    targetContainerName: '',
  };
  const spec = { containers: [], ephemeralContainers: [debug] };
  const sent = encodeProtobuf({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec }, Pod);
  const { spec: read } = decodeProtobuf(sent, () => Pod).value as { spec: { ephemeralContainers: unknown } };
  assert.deepEqual(read.ephemeralContainers, [{ name: 'debug', tty: true, restartPolicy: '' }]);
});
