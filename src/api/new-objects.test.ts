import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statefulSetKind } from './apps/stateful-set.ts';
import { namespaceKind } from './core/namespace.ts';
import { nodeKind } from './core/node.ts';
import { persistentVolumeKind } from './core/persistent-volume.ts';
import { podKind } from './core/pod.ts';
import { secretKind } from './core/secret.ts';
import { serviceKind } from './core/service.ts';
import { endpointSliceKind } from './discovery/endpoint-slice.ts';
import type { AnyKind } from './kind.ts';
import { faultsOf, made } from './testing/judge.ts';

interface Case {
  readonly kind: AnyKind;
  readonly object: object;
  readonly faults: readonly string[];
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const docker = (text: string): object => ({
  type: 'kubernetes.io/dockerconfigjson',
  data: { '.dockerconfigjson': base64(text) },
});
const hidden = 'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>"';
const container = { name: 'c', image: 'i' };
const volume = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1' } };
const labels = { app: 'db' };

const cases: Readonly<Record<string, Case>> = {
  'credentials that are no JSON': {
    kind: secretKind,
    object: docker('user'),
    faults: [`${hidden}: invalid character 'u' looking for beginning of value`],
  },
  'credentials that are no object': {
    kind: secretKind,
    object: docker('[1]'),
    faults: [`${hidden}: json: cannot unmarshal array into Go value of type map[string]interface {}`],
  },
  'no credentials': { kind: secretKind, object: docker(''), faults: [`${hidden}: unexpected end of JSON input`] },
  credentials: { kind: secretKind, object: docker('{"auths":{}}'), faults: [] },
  'a pod with containers for debugging': {
    kind: podKind,
    object: { spec: { containers: [container], ephemeralContainers: [{ name: 'e', image: 'i' }] } },
    faults: ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
  },
  'a pod that never restarts, but for a resize': {
    kind: podKind,
    object: {
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            ...container,
            resizePolicy: [
              { resourceName: 'cpu', restartPolicy: 'RestartContainer' },
              { resourceName: 'cpu', restartPolicy: 'NotRequired' },
              { resourceName: 'disk', restartPolicy: 'NotRequired' },
            ],
          },
        ],
      },
    },
    faults: [
      `spec.containers[0].resizePolicy: Invalid value: "RestartContainer": must be 'NotRequired' when pod \`restartPolicy\` is 'Never'`,
      'spec.containers[0].resizePolicy[1]: Duplicate value: "cpu"',
      'spec.containers[0].resizePolicy: Unsupported value: "disk": supported values: "cpu", "memory"',
    ],
  },
  'a Service of one family twice': {
    kind: serviceKind,
    object: { spec: { ports: [{ port: 80 }], ipFamilies: ['IPv4', 'IPv4'] } },
    faults: ['spec.ipFamilies[1]: Duplicate value: "IPv4"'],
  },
  'a volume of more than storage, that is the whole disk': {
    kind: persistentVolumeKind,
    object: {
      spec: {
        ...volume,
        capacity: { storage: '1', cpu: '1' },
        hostPath: { path: '/' },
        persistentVolumeReclaimPolicy: 'Recycle',
      },
    },
    faults: [
      'spec.capacity: Unsupported value: {"storage":"1","cpu":"1"}: supported values: "storage"',
      "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ],
  },
  'a volume above its place': {
    kind: persistentVolumeKind,
    object: { spec: { ...volume, hostPath: { path: '/data/../etc' } } },
    faults: [`spec.hostPath.path: Invalid value: "/data/../etc": must not contain '..'`],
  },
  'a namespace that waits for nobody': {
    kind: namespaceKind,
    object: { spec: { finalizers: ['foo', 'example.com/foo'] } },
    faults: [
      'spec.finalizers: Invalid value: "foo": name is neither a standard finalizer name nor is it fully qualified',
    ],
  },
  'a node with two ranges of one family, and less than nothing': {
    kind: nodeKind,
    object: { spec: { podCIDRs: ['10.0.0.0/8', '11.0.0.0/8'] }, status: { capacity: { cpu: '-1' } } },
    faults: [
      'spec.podCIDRs: Invalid value: ["10.0.0.0/8","11.0.0.0/8"]: may specify no more than one CIDR for each IP family',
      'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
    ],
  },
  'a StatefulSet behind what is no Service': {
    kind: statefulSetKind,
    object: {
      spec: {
        serviceName: 'a.b',
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
    faults: ['spec.serviceName: Invalid value: "a.b": must not contain dots'],
  },
  'a slice with hints twice, for a node that is none': {
    kind: endpointSliceKind,
    object: {
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'n.', hints: { forZones: [{ name: 'a' }, { name: 'a' }] } }],
      ports: [{ port: 80, appProtocol: 'x/y/z' }],
    },
    faults: [
      'endpoints[0].nodeName: Invalid value: "n."',
      'endpoints[0].hints.forZones[1].name: Duplicate value: "a"',
      'ports[0].appProtocol: Invalid value: "x/y/z"',
    ],
  },
};

describe('who makes', () => {
  for (const [name, { kind, object, faults }] of Object.entries(cases)) {
    it(`${name} is told so`, () => {
      const found = faultsOf(kind, made(kind, object));
      // What a name may be made of is told at length, and tested elsewhere.
      assert.deepEqual(
        found.map((fault) => fault.replace(/: (a|an) (lowercase|qualified) .*/, '')),
        faults,
      );
    });
  }
});
