import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { node, pod, service } from '../testing/objects.ts';
import { reconcile } from './reconcile.ts';
import type { SlicePlan } from './slice-plan.ts';

let saved = 0;

function written(plan: SlicePlan, before: readonly EndpointSlice[]): readonly EndpointSlice[] {
  const gone = new Set(plan.delete.map(({ metadata }) => metadata.uid));
  const updated = new Map(plan.update.map((slice) => [slice.metadata.uid, slice]));
  const created = plan.create.map((slice): EndpointSlice => {
    const name = `web-${(saved += 1)}`;
    const meta = { name, uid: name, namespace: 'default', resourceVersion: '1', creationTimestamp: '' };
    return { ...slice, metadata: { ...slice.metadata, ...meta } };
  });
  const kept = before.filter(({ metadata }) => !gone.has(metadata.uid));
  return [...kept.map((slice) => updated.get(slice.metadata.uid) ?? slice), ...created];
}

const podOf = (index: number, ready: boolean): Pod =>
  pod(`p${index}`, { ip: `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`, ready, node: 'n1' });

/** Generations of a fleet: which of 320 pods are there, and ready. */
const fleets = fc.array(
  fc.record({
    from: fc.nat({ max: 320 }),
    count: fc.nat({ max: 320 }),
    unready: fc.nat({ max: 7 }),
  }),
  { minLength: 1, maxLength: 6 },
);

test('whatever comes and goes, each pod is in one slice, none is over-full, and what is right is not written again', () => {
  fc.assert(
    fc.property(fleets, (generations) => {
      let slices: readonly EndpointSlice[] = [];
      for (const { from, count, unready } of generations) {
        const pods = Array.from({ length: count }, (_, index) =>
          podOf((from + index) % 320, unready === 0 || (from + index) % (unready + 1) !== 0),
        );
        const state = { service: service('web'), pods, node: () => node('n1'), triggerTime: undefined };
        const before = slices;
        const plan = reconcile({ ...state, slices });
        slices = written(plan, before);
        const addresses = slices.flatMap(({ endpoints }) => (endpoints ?? []).map(({ addresses: [ip] }) => ip));
        assert.equal(addresses.length, count);
        assert.deepEqual(new Set(addresses), new Set(pods.map(({ status }) => status.podIP)));
        assert.ok(slices.every(({ endpoints }) => (endpoints?.length ?? 0) <= 100));
        assert.ok(plan.create.length <= Math.ceil(count / 100) + (count === 0 ? 1 : 0));
        const again = reconcile({ ...state, slices });
        assert.deepEqual([again.create.length, again.update.length, again.delete.length], [0, 0, 0]);
      }
    }),
    { numRuns: 40 },
  );
});
