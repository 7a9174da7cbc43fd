import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/core/pod.schema.ts';
import { container, pod } from '../testing/pods.ts';
import { admit, podRequests } from './admission.ts';

const asking = (name: string, requests: Record<string, string>, more = {}) =>
  container(name, { resources: { requests }, ...more });
const node = { cpu: '2', memory: '1Gi', pods: '3' };

test('a pod asks for its peak', () => {
  const subject: Pod = pod({
    initContainers: [
      asking('big', { cpu: '3' }),
      asking('side', { cpu: '1' }, { restartPolicy: 'Always' }),
      asking('late', { cpu: '1500m' }),
    ],
    containers: [asking('a', { cpu: '500m', memory: '1Mi' }), container('b', { resources: { limits: { cpu: '1' } } })],
    overhead: { cpu: '10m' },
  });
  assert.deepEqual(
    [...podRequests(subject)],
    [
      ['cpu', 3010n],
      ['memory', 1_048_576n],
    ],
  );
});

test('what does not fit beside the others is turned away', () => {
  const one = pod({ containers: [asking('a', { cpu: '1500m' })] });
  assert.equal(admit(one, [], node), undefined);
  assert.deepEqual(admit(one, [one], node), {
    reason: 'OutOfcpu',
    message: "Node didn't have enough resource: cpu, requested: 1500, used: 1500, capacity: 2000",
  });
  const none = pod();
  assert.equal(admit(none, [one, none], node), undefined);
  assert.equal(admit(none, [none, none, none], node)?.reason, 'OutOfpods');
});

test('resources that somebody else added to the Node are not the kubelet’s to count', () => {
  assert.equal(admit(pod({ containers: [asking('a', { 'example.com/dongle': '1' })] }), [], node), undefined);
  const huge = pod({ containers: [asking('a', { 'hugepages-2Mi': '2Mi' })] });
  assert.equal(admit(huge, [], node)?.reason, 'OutOfhugepages-2Mi');
});

test('a pod for another system is turned away', () => {
  assert.equal(admit(pod({ os: { name: 'linux' } }), [], node), undefined);
  assert.equal(admit(pod({ os: { name: 'windows' } }), [], node)?.reason, 'PodOSNotSupported');
  const own = pod();
  const labelled = { ...own, metadata: { ...own.metadata, labels: { 'kubernetes.io/os': 'windows' } } };
  assert.equal(admit(labelled, [], node)?.reason, 'PodOSSelectorNodeLabelDoesNotMatch');
});

test('a port of the node has one holder', () => {
  const holding = (hostPort: number, more = {}) =>
    pod({ containers: [container('a', { ports: [{ containerPort: 80, hostPort, protocol: 'TCP', ...more }] })] });
  assert.equal(admit(holding(80), [holding(81)], node), undefined);
  assert.equal(admit(holding(80), [holding(80, { protocol: 'UDP' })], node), undefined);
  assert.equal(admit(holding(80, { hostIP: '127.0.0.1' }), [holding(80, { hostIP: '127.0.0.2' })], node), undefined);
  assert.equal(admit(holding(80, { hostIP: '127.0.0.1' }), [holding(80)], node)?.reason, 'NodePorts');
});

test('settings that reach beyond the pod are refused', () => {
  const setting = (name: string, more = {}) =>
    admit(pod({ securityContext: { sysctls: [{ name, value: '1' }] }, ...more }), [], node)?.message;
  assert.equal(setting('net.ipv4.tcp_syncookies'), undefined);
  assert.equal(setting('net/ipv4/tcp_syncookies'), undefined);
  assert.equal(
    setting('net.ipv4.tcp_syncookies', { hostNetwork: true }),
    'forbidden sysctl: "net.ipv4.tcp_syncookies" not allowlisted',
  );
  assert.equal(setting('kernel.msgmax'), 'forbidden sysctl: "kernel.msgmax" not allowlisted');
});
