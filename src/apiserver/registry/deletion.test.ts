import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeleteOptions } from '../../api/meta/meta.schema.ts';
import { kinds } from '../../api/kinds.ts';
import type { ApiObject } from './api-object.ts';
import { planDeletion } from './deletion.ts';

const now = '2026-01-01T00:00:00Z';

function object(kind: string, rest: object, metadata: object = {}): ApiObject {
  const apiVersion = kind === 'Deployment' ? 'apps/v1' : kind === 'Job' ? 'batch/v1' : 'v1';
  return {
    apiVersion,
    kind,
    metadata: { name: 'x', namespace: 'default', ...metadata },
    ...rest,
  };
}
const running = { spec: { nodeName: 'node-1', terminationGracePeriodSeconds: 20 }, status: { phase: 'Running' } };
const marked = { deletionTimestamp: '2026-01-01T00:00:20Z', deletionGracePeriodSeconds: 20 };
const held = { finalizers: ['example.com/hold'] };

/** What the plan comes to, in one line: action, deletion timestamp, grace and finalizers of what is left. */
const cases: Readonly<Record<string, readonly [ApiObject, DeleteOptions, string]>> = {
  'a plain object goes at once': [object('ConfigMap', {}), {}, 'remove'],
  'a finalizer holds it': [object('ConfigMap', {}, held), {}, 'mark 00:00:00 0 example.com/hold'],
  'a running pod gets its grace': [object('Pod', running), {}, 'mark 00:00:20 20 '],
  'the client chooses the grace': [object('Pod', running), { gracePeriodSeconds: 5 }, 'mark 00:00:05 5 '],
  'a negative grace is a second': [object('Pod', running), { gracePeriodSeconds: -1 }, 'mark 00:00:01 1 '],
  'by force at once': [object('Pod', running), { gracePeriodSeconds: 0 }, 'remove'],
  'an unscheduled pod goes at once': [object('Pod', { spec: {}, status: { phase: 'Pending' } }), {}, 'remove'],
  'a finished pod goes at once': [object('Pod', { ...running, status: { phase: 'Succeeded' } }), {}, 'remove'],
  'a second delete changes nothing': [object('Pod', running, marked), {}, 'none'],
  'a longer grace is not granted': [object('Pod', running, marked), { gracePeriodSeconds: 60 }, 'none'],
  'a shorter grace is': [object('Pod', running, marked), { gracePeriodSeconds: 5 }, 'mark 00:00:05 5 '],
  'the kubelet ends it': [object('Pod', running, marked), { gracePeriodSeconds: 0 }, 'remove'],
  'even then a finalizer holds it': [
    object('Pod', running, { ...marked, ...held }),
    { gracePeriodSeconds: 0 },
    'mark 00:00:00 0 example.com/hold',
  ],
  'foreground waits for dependents': [
    object('Deployment', {}),
    { propagationPolicy: 'Foreground' },
    'mark 00:00:00 0 foregroundDeletion',
  ],
  'orphaning needs the collector': [
    object('Deployment', {}),
    { propagationPolicy: 'Orphan' },
    'mark 00:00:00 0 orphan',
  ],
  'background does not': [object('Deployment', {}), { propagationPolicy: 'Background' }, 'remove'],
  'a job leaves its pods': [object('Job', {}), {}, 'mark 00:00:00 0 orphan'],
  'unless told otherwise': [object('Job', {}), { propagationPolicy: 'Background' }, 'remove'],
  'a namespace waits for its content': [
    object('Namespace', { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }),
    {},
    'mark 00:00:00 0  Terminating',
  ],
};

describe('planDeletion', () => {
  for (const [name, [subject, options, expected]] of Object.entries(cases)) {
    it(name, () => {
      const kind = kinds.find((one) => one.kind === subject.kind);
      assert.ok(kind);
      const plan = planDeletion(kind, subject, options, now);
      if (plan.action !== 'mark') return assert.equal(plan.action, expected);
      const { metadata, ['status']: status } = plan.object;
      const at = metadata.deletionTimestamp?.slice(11, 19);
      const finalizers = (metadata.finalizers ?? []).join(',');
      const phase = plan.object.kind === 'Namespace' ? ` ${(status as { phase: string }).phase}` : '';
      return assert.equal(`mark ${at} ${metadata.deletionGracePeriodSeconds} ${finalizers}${phase}`, expected);
    });
  }
});
