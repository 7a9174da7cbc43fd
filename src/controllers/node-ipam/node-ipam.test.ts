import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { nodes } from '../../api/resources.ts';
import { node } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';
import { eventually } from '../../system/testing/eventually.ts';
import type { PodRangePlan, PodRangeState } from './reconcile.ts';
import { reconcile } from './reconcile.ts';

describe("a node's share of the pods' addresses", () => {
  const assign = (podCIDR: string): PodRangePlan => ({ type: 'assign', podCIDR });
  const cases: Record<string, readonly [Partial<PodRangeState>, PodRangePlan]> = {
    'the first one': [{}, assign('10.233.64.0/24')],
    'the first gap': [{ taken: ['10.233.64.0/24', '10.233.66.0/24'] }, assign('10.233.65.0/24')],
    'a wider range of somebody else': [{ taken: ['10.233.64.0/23'] }, assign('10.233.66.0/24')],
    'the last of a range': [{ podRange: '10.0.0.0/23', taken: ['10.0.0.0/24'] }, assign('10.0.1.0/24')],
    'none is left': [{ podRange: '10.0.0.0/24', taken: ['10.0.0.0/24'] }, { type: 'unavailable' }],
    'as wished': [{ wished: '10.9.0.0/24' }, assign('10.9.0.0/24')],
    'the wished one is taken': [{ wished: '10.9.0.0/24', taken: ['10.9.0.0/16'] }, { type: 'unavailable' }],
    'it has one': [{ node: node('n', { podCIDR: '10.1.0.0/24' }) }, { type: 'none' }],
  };
  for (const [name, [state, expected]] of Object.entries(cases)) {
    it(name, () => {
      const usual = { node: node('n'), taken: [], podRange: '10.233.64.0/18', wished: undefined };
      assert.deepEqual(reconcile({ ...usual, ...state }), expected);
    });
  }
});

test('nodes that come at once get ranges of their own', async () => {
  await withControllers(async (server) => {
    for (let index = 1; index <= 5; index++) server.seed(nodes, node(`n${index}`));
    const ranges = await eventually('five ranges', () => {
      const all = server.all(nodes).flatMap(({ spec }) => spec.podCIDRs ?? []);
      return all.length === 5 && all;
    });
    assert.equal(new Set(ranges).size, 5);
    assert.equal(server.writes.filter(({ resource }) => resource === 'nodes').length, 5);
  });
});
