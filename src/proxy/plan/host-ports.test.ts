import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/core/pod.schema.ts';
import { RulesetTable } from '../ruleset.ts';
import { testConfiguration } from '../testing/objects.ts';
import { traceText } from '../testing/tracer.ts';
import { planHostPorts } from './host-ports.ts';
import { planSkeleton } from './skeleton.ts';

function pod(hostIP?: string, extra: { spec?: Partial<Pod['spec']>; phase?: 'Running' | 'Succeeded' } = {}): Pod {
  const ports = [
    { containerPort: 8080, hostPort: 8000, protocol: 'TCP' as const, ...(hostIP === undefined ? {} : { hostIP }) },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: { containers: [{ name: 'c', image: 'i', ports }], ...extra.spec },
    status: { phase: extra.phase ?? 'Running', podIP: '10.233.64.9' },
  } as Pod;
}

const cases: Record<string, { pod: Pod; from: string; to: string; expected: string }> = {
  'on the node address, source kept': {
    pod: pod(),
    from: '10.233.65.5',
    to: '172.29.0.11:8000',
    expected: '10.233.64.9:8080',
  },
  'on loopback': { pod: pod(), from: '127.0.0.1', to: '127.0.0.1:8000', expected: '10.233.64.9:8080 masqueraded' },
  'from the pod itself': {
    pod: pod(),
    from: '10.233.64.9',
    to: '172.29.0.11:8000',
    expected: '10.233.64.9:8080 masqueraded',
  },
  'on one address only': {
    pod: pod('127.0.0.1'),
    from: '10.233.65.5',
    to: '172.29.0.11:8000',
    expected: '172.29.0.11:8000',
  },
  'on that address': {
    pod: pod('127.0.0.1'),
    from: '127.0.0.1',
    to: '127.0.0.1:8000',
    expected: '10.233.64.9:8080 masqueraded',
  },
  'a pod that has ended': {
    pod: pod(undefined, { phase: 'Succeeded' }),
    from: '10.233.65.5',
    to: '172.29.0.11:8000',
    expected: '172.29.0.11:8000',
  },
  "a pod in the node's network": {
    pod: pod(undefined, { spec: { hostNetwork: true } }),
    from: '10.233.65.5',
    to: '172.29.0.11:8000',
    expected: '172.29.0.11:8000',
  },
};

for (const [name, { pod: object, from, to, expected }] of Object.entries(cases)) {
  test(`hostPort: ${name}`, () => {
    const table = new RulesetTable();
    table.set('pod', planHostPorts(object));
    const [destination = '', port] = to.split(':');
    const packet = { source: from, destination, protocol: 'TCP', port: Number(port) } as const;
    const options = { localAddresses: ['127.0.0.0/8', '172.29.0.11'], fromNode: from === '127.0.0.1' };
    assert.deepEqual(traceText(table.ruleset(planSkeleton(testConfiguration)), packet, options), [expected]);
  });
}
