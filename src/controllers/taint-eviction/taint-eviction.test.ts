import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { Taint } from '../../api/core/node.schema.ts';
import type { Toleration } from '../../api/core/scheduling.schema.ts';
import { events, nodes, pods } from '../../api/resources.ts';
import { node, pod } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { evictionTime } from './reconcile.ts';

const at = (time: string): number => Date.parse(`2026-01-01T${time}Z`);

describe('when a pod must leave its node', () => {
  const taint: Taint = { key: 'k', effect: 'NoExecute', timeAdded: '2026-01-01T00:05:00Z' };
  const forSeconds = (tolerationSeconds: number): Toleration => ({ key: 'k', operator: 'Exists', tolerationSeconds });
  type Case = readonly [readonly Taint[], readonly Toleration[], number | undefined, string?];
  const cases: Record<string, Case> = {
    'no taint': [[], [], undefined],
    'a taint that only keeps new pods away': [[{ ...taint, effect: 'NoSchedule' }], [], undefined],
    'not tolerated': [[taint], [], -Infinity],
    'tolerated for ever': [[taint], [{ operator: 'Exists' }], undefined],
    'tolerated for a while, from when the taint came': [[taint], [forSeconds(60)], at('00:06:00')],
    'tolerated for a while, from when the pod came': [[taint], [forSeconds(60)], at('00:08:00'), '00:07:00'],
    'tolerated for no time': [[taint], [forSeconds(0)], -Infinity],
    'the shortest counts': [
      [taint, { ...taint, key: 'l' }],
      [forSeconds(60), { key: 'l', operator: 'Exists', tolerationSeconds: 5 }],
      at('00:05:05'),
    ],
    'one taint not tolerated is enough': [[taint, { ...taint, key: 'l' }], [forSeconds(60)], -Infinity],
  };
  for (const [name, [taints, tolerations, expected, created = '00:00:00']] of Object.entries(cases)) {
    it(name, () => {
      const subject = pod('a', { node: 'n1', spec: { tolerations }, created: `2026-01-01T${created}Z` });
      assert.equal(evictionTime(subject, node('n1', { taints })), expected);
    });
  }
});

test('a pod leaves a node that is tainted, and another stays', async () => {
  await withControllers(async (server) => {
    const taint: Taint = { key: 'k', effect: 'NoExecute' };
    server.seed(nodes, node('n1', { taints: [taint] }));
    server.seed(pods, pod('stays', { node: 'n1', spec: { tolerations: [{ operator: 'Exists' }] } }));
    server.seed(pods, pod('goes', { node: 'n1' }));
    const gone = await eventually('a deletion', () => {
      const stored = server.stored(pods, 'goes', 'default');
      return stored?.metadata.deletionTimestamp !== undefined && stored;
    });
    const target = gone.status.conditions?.find(({ type }) => type === 'DisruptionTarget');
    assert.equal(target?.reason, 'DeletionByTaintManager');
    assert.equal(server.stored(pods, 'stays', 'default')?.metadata.deletionTimestamp, undefined);
    await eventually('the event', () =>
      server.all(events).some(({ message }) => message === 'Marking for deletion Pod default/goes'),
    );
  });
});
