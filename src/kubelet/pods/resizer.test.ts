import assert from 'node:assert/strict';
import { test } from 'node:test';
import { container, observed, pod, run } from '../testing/pods.ts';
import type { PodContext } from './context.ts';
import { PodResizer } from './resizer.ts';

const cpu = (amount: string) => container('c', { resources: { requests: { cpu: amount } } });

test('a resize is in progress from when it is decided until the containers have it', async () => {
  let refusal: Error | undefined;
  const context = {
    neighbours: () => [],
    statuses: { get: () => undefined },
    node: {
      allocatable: () => ({ cpu: '4', memory: '1Gi', pods: '10' }),
      cgroupParent: '/pods',
      memoryCapacity: 2 ** 30,
      canLowerOomScore: true,
    },
    cgroups: { ensure: () => Promise.resolve() },
    runtime: { updateContainerResources: () => (refusal === undefined ? Promise.resolve() : Promise.reject(refusal)) },
  } as unknown as PodContext;
  const resizer = new PodResizer(context);
  const seen = observed([run('c')]);
  resizer.started('c-1', cpu('1').resources);
  const words = (): string =>
    resizer.conditions.map(({ type, reason, message }) => [type, reason, message].filter(Boolean).join(' ')).join();

  resizer.plan(pod({ containers: [cpu('1')] }), seen);
  assert.equal(words(), '');

  const larger = pod({ containers: [cpu('2')] });
  const plan = resizer.plan(larger, seen);
  assert.equal(words(), 'PodResizeInProgress');
  refusal = new Error('busy');
  await resizer.apply(larger, plan);
  assert.equal(words(), 'PodResizeInProgress Error busy');
  refusal = undefined;
  await resizer.apply(larger, resizer.plan(larger, seen));
  assert.equal(words(), '');
});
