import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { Job, JobStatus } from '../../api/batch/job.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { events, jobs, pods } from '../../api/resources.ts';
import { pod } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';
import type { TestServer } from '../testing/server.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { JobBackOff } from './back-off.ts';
import { judge } from './failure-policy.ts';
import { formatIndexes, parseIndexes } from './indexes.ts';
import { indexedPod, trackingFinalizer } from './pods.ts';
import type { JobState } from './reconcile.ts';
import { reconcile } from './reconcile.ts';
import { tally } from './tally.ts';

const now = Date.parse('2026-01-01T01:00:00Z');

function job(spec: Partial<Job['spec']> = {}, status: JobStatus = {}): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work', namespace: 'default', uid: 'uid-work', resourceVersion: '1', creationTimestamp: '' },
    spec: {
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { job: 'work' } },
      template: {
        metadata: { labels: { job: 'work' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1', resources: {} }] },
      },
      ...spec,
    },
    status: { startTime: '2026-01-01T00:59:00Z', ...status },
  };
}

const phases: Record<string, 'Running' | 'Succeeded' | 'Failed'> = { r: 'Running', s: 'Succeeded', f: 'Failed' };

/** Pods `p0`, `p1`, …: running (`r`), succeeded (`s`), failed (`f`), leaving (`x`); capitals have been let go. */
function fleet(letters: string): readonly Pod[] {
  return Array.from(letters, (letter, index) => {
    const phase = phases[letter.toLowerCase()] ?? 'Running';
    const made = pod(`p${index}`, { labels: { job: 'work' }, phase, node: 'n1', deleting: letter === 'x' });
    const finalizers = letter === letter.toLowerCase() ? [trackingFinalizer] : [];
    return { ...made, metadata: { ...made.metadata, finalizers } };
  });
}

/** Pods with numbers, e.g. `0s 1r`. */
function numbered(text: string): readonly Pod[] {
  return text.split(' ').flatMap((word, position) => {
    const [, index = '0', letter = 'r'] = /^(\d+)(.)$/.exec(word) ?? [];
    return fleet(letter).map((made) => {
      const annotations = { 'batch.kubernetes.io/job-completion-index': index };
      return { ...made, metadata: { ...made.metadata, name: `p${position}`, uid: `uid-p${position}`, annotations } };
    });
  });
}

function state(subject: Job, present: readonly Pod[], change: Partial<JobState> = {}): JobState {
  return { job: subject, pods: present, count: tally(subject, present), waitMs: () => 0, now, ...change };
}

describe('the pods of a Job', () => {
  interface Case {
    readonly job: Job;
    readonly pods?: readonly Pod[];
    readonly state?: Partial<JobState>;
    readonly create?: readonly (number | undefined)[];
    readonly delete?: readonly string[];
    readonly wait?: number;
  }
  const one = [undefined];
  const indexed = (spec: Partial<Job['spec']> = {}, status: JobStatus = {}) =>
    job({ completionMode: 'Indexed', completions: 5, parallelism: 2, ...spec }, status);
  const cases: Record<string, Case> = {
    'the first': { job: job(), create: one },
    'none while one works': { job: job(), pods: fleet('r') },
    'as many as may work at once': {
      job: job({ completions: 5, parallelism: 3 }),
      pods: fleet('r'),
      create: [undefined, undefined],
    },
    'no more than are still wanted': {
      job: job({ completions: 5, parallelism: 3 }, { succeeded: 3 }),
      pods: fleet('r'),
      create: one,
    },
    'another after a failure': { job: job(), pods: fleet('f'), create: one },
    'another after a failure, in a while': { job: job(), pods: fleet('f'), state: { waitMs: () => 9000 }, wait: 9000 },
    'another for one that is leaving': { job: job(), pods: fleet('x'), create: one },
    'another only when the one that leaves has failed': {
      job: job({ podReplacementPolicy: 'Failed' }),
      pods: fleet('x'),
    },
    'fewer when fewer may work': { job: job({ completions: 5, parallelism: 1 }), pods: fleet('rr'), delete: ['p0'] },
    'of a queue: as many as may work at once': {
      job: job({ completions: undefined, parallelism: 2 }),
      create: [undefined, undefined],
    },
    'of a queue: no more after the first success': {
      job: job({ completions: undefined, parallelism: 2 }),
      pods: fleet('sr'),
    },
    'with numbers: the lowest that are open': {
      job: indexed({}, { completedIndexes: '0,2' }),
      pods: numbered('1r'),
      create: [3],
    },
    'with numbers: one a number': { job: indexed(), pods: numbered('0r 0r 1r'), delete: ['p1'] },
    'with numbers: not one that has failed for good': {
      job: indexed({ backoffLimitPerIndex: 0 }, { failedIndexes: '0' }),
      create: [1, 2],
    },
    'with numbers: others while one waits': {
      job: indexed(),
      pods: numbered('0f'),
      state: { waitMs: (index) => (index === 0 ? 5000 : 0) },
      create: [1, 2],
      wait: 5000,
    },
    'none while it is suspended': { job: job({ suspend: true }), pods: fleet('r'), delete: ['p0'] },
    'none when it is over': { job: job({}, { conditions: [{ type: 'Complete', status: 'True' }] }) },
  };
  for (const [name, { job: subject, pods: present = [], state: change, ...expected }] of Object.entries(cases)) {
    it(name, () => {
      const plan = reconcile(state(subject, present, change));
      assert.deepEqual(plan.create, expected.create ?? []);
      assert.deepEqual(
        plan.delete.map(({ metadata }) => metadata.name),
        expected.delete ?? [],
      );
      assert.equal(plan.requeueAfterMs, expected.wait);
    });
  }
});

describe('the end of a Job', () => {
  const ended = (type: string, reason: string, message: string): JobStatus => ({
    conditions: [{ type, status: 'True', reason, message }],
  });
  const reached = 'Reached expected number of succeeded pods';
  const cases: Record<string, readonly [Job, readonly Pod[], string]> = {
    'goes on': [job(), fleet('r'), ''],
    'has done its work, and waits to have it counted': [job(), fleet('s'), 'SuccessCriteriaMet CompletionsReached'],
    'has done its work': [
      job(
        {},
        {
          ...ended('SuccessCriteriaMet', 'CompletionsReached', reached),
          uncountedTerminatedPods: { succeeded: ['uid-p0'] },
        },
      ),
      fleet('S'),
      'SuccessCriteriaMet CompletionsReached, Complete CompletionsReached',
    ],
    'has failed too often': [job({ backoffLimit: 1 }), fleet('ff'), 'FailureTarget BackoffLimitExceeded'],
    'may fail once': [job({ backoffLimit: 1 }), fleet('f'), ''],
    'has failed, and its last pod is gone': [
      job({}, { ...ended('FailureTarget', 'BackoffLimitExceeded', 'm'), failed: 7 }),
      [],
      'FailureTarget BackoffLimitExceeded, Failed BackoffLimitExceeded',
    ],
    'has failed, and a pod is being stopped': [
      job({}, { ...ended('FailureTarget', 'BackoffLimitExceeded', 'm'), failed: 7 }),
      fleet('x'),
      'FailureTarget BackoffLimitExceeded',
    ],
    'is too slow': [job({ activeDeadlineSeconds: 60 }), fleet('r'), 'FailureTarget DeadlineExceeded'],
    'of a queue: the other pods finish theirs': [job({ completions: undefined, parallelism: 2 }), fleet('sr'), ''],
    'of a queue: all have finished': [
      job({ completions: undefined, parallelism: 2 }),
      fleet('ss'),
      'SuccessCriteriaMet CompletionsReached',
    ],
    'with numbers: by its success policy': [
      job({ completionMode: 'Indexed', completions: 5, successPolicy: { rules: [{ succeededIndexes: '0,2' }] } }),
      numbered('0s 2s 3r'),
      'SuccessCriteriaMet SuccessPolicy',
    ],
    'with numbers: all have ended, and some failed': [
      job({ completionMode: 'Indexed', completions: 2, backoffLimitPerIndex: 0, backoffLimit: 99 }),
      numbered('0f 1s'),
      'FailureTarget FailedIndexes',
    ],
  };
  for (const [name, [subject, present, expected]] of Object.entries(cases)) {
    it(name, () => {
      const { conditions = [] } = reconcile(state(subject, present)).status;
      assert.equal(conditions.map(({ type, reason }) => `${type} ${reason}`).join(', '), expected);
    });
  }
});

it('a pod is written down before it is let go, and counted when it is', () => {
  const first = tally(job(), fleet('sf'));
  assert.deepEqual(first.status.uncountedTerminatedPods, { succeeded: ['uid-p0'], failed: ['uid-p1'] });
  assert.deepEqual(
    [first.status.succeeded, first.status.failed, first.succeeded, first.failed],
    [undefined, undefined, 1, 1],
  );
  assert.deepEqual(
    first.release.map(({ metadata }) => metadata.name),
    ['p0', 'p1'],
  );
  const again = tally(job({}, first.status), fleet('sf'));
  assert.deepEqual(again.status, first.status, 'nothing counts twice while the cache is behind');
  const later = tally(job({}, first.status), fleet('S'));
  assert.deepEqual(later.status, { succeeded: 1, failed: 1, uncountedTerminatedPods: {} });
});

it('a failure policy judges by the first rule that fits', () => {
  const exited = (exitCode: number): Pod => {
    const [failed] = fleet('f');
    assert.ok(failed !== undefined);
    const state = { terminated: { exitCode } };
    const status = { name: 'main', image: '', imageID: '', ready: false, restartCount: 0, state };
    return { ...failed, status: { ...failed.status, containerStatuses: [status] } };
  };
  const policy = {
    rules: [
      { action: 'FailJob' as const, onExitCodes: { operator: 'In' as const, values: [42] } },
      { action: 'Ignore' as const, onPodConditions: [{ type: 'DisruptionTarget' }] },
    ],
  };
  const bad = judge(policy, exited(42));
  assert.equal(
    bad.message,
    'Container main for pod default/p0 failed with exit code 42 matching FailJob rule at index 0',
  );
  const evicted = {
    ...exited(1),
    status: { phase: 'Failed' as const, conditions: [{ type: 'DisruptionTarget', status: 'True' }] },
  };
  assert.equal(judge(policy, evicted).action, 'Ignore');
  assert.equal(judge(policy, exited(1)).action, 'Count');
});

describe('lists of numbers', () => {
  const cases: Record<string, readonly number[]> = {
    '': [],
    '3': [3],
    '1,3-5': [1, 3, 4, 5],
    '0,1': [0, 1],
    '7,9-11,13': [7, 9, 10, 11, 13],
  };
  for (const [text, numbers] of Object.entries(cases)) {
    it(JSON.stringify(text), () => {
      assert.deepEqual([...parseIndexes(text, 100)], numbers);
      assert.equal(formatIndexes(numbers), text);
    });
  }
});

it('pods come back ever more slowly after failures, and at once after a success', () => {
  const backOff = new JobBackOff();
  const at = (name: string, seconds: number): Pod => {
    const made = pod(name, { phase: 'Failed', readySince: new Date(now + seconds * 1000).toISOString() });
    return made;
  };
  backOff.note('j', { failed: [at('a', 0)], succeeded: [] }, now);
  assert.equal(backOff.waitMs('j', now), 10_000);
  backOff.note('j', { failed: [at('b', 20)], succeeded: [] }, now + 20_000);
  assert.equal(backOff.waitMs('j', now + 20_000), 20_000);
  backOff.note('j', { failed: [], succeeded: [at('c', 30)] }, now + 30_000);
  assert.equal(backOff.waitMs('j', now + 30_000), 0);
});

it('a numbered pod knows its number', () => {
  const made = indexedPod(job({ completionMode: 'Indexed' }), 3, 0);
  assert.deepEqual([made.metadata.generateName, made.spec.hostname], ['work-3-', 'work-3']);
  const [container] = made.spec.containers;
  assert.equal(container?.env?.[0]?.name, 'JOB_COMPLETION_INDEX');
  assert.equal(made.metadata.labels?.['batch.kubernetes.io/job-completion-index'], '3');
});

/** Lets the pods of a server end in the phases given, one after the other, and pods that are deleted go. */
function kubelet(server: TestServer, results: NonNullable<Pod['status']['phase']>[]): void {
  for (const each of server.all(pods)) {
    const { deletionTimestamp, name, namespace, deletionGracePeriodSeconds } = each.metadata;
    if (deletionTimestamp !== undefined && deletionGracePeriodSeconds !== 0) {
      void server.delete(pods, { name, namespace }, { gracePeriodSeconds: 0 });
    } else if (each.status.phase === undefined) {
      const phase = results.shift() ?? 'Running';
      server.seed(pods, { ...each, spec: { ...each.spec, nodeName: 'n1' }, status: { phase } });
    }
  }
}

test('a Job runs to its end, and leaves nothing behind that holds its pods', async () => {
  await withControllers(async (server) => {
    server.seed(jobs, job({ completions: 3, parallelism: 2 }, { startTime: undefined }));
    const done = await eventually('a complete Job', () => {
      kubelet(server, ['Succeeded', 'Succeeded', 'Succeeded']);
      const stored = server.stored(jobs, 'work', 'default');
      return stored?.status.conditions?.some(({ type }) => type === 'Complete') && stored;
    });
    assert.equal(done.status.succeeded, 3);
    assert.ok(done.status.completionTime !== undefined && done.status.startTime !== undefined);
    assert.deepEqual(
      server.all(pods).flatMap(({ metadata }) => metadata.finalizers ?? []),
      [],
    );
    await eventually('the event', () => server.all(events).some(({ reason }) => reason === 'Completed'));
    await server.delete(jobs, { name: 'work', namespace: 'default' });
    await eventually('no pods', () => {
      kubelet(server, []);
      return server.all(pods).length === 0;
    });
  });
});

test('a Job that is deleted in its work leaves no pod behind', async () => {
  await withControllers(async (server) => {
    server.seed(jobs, job({ completions: 3, parallelism: 3 }));
    await eventually('three pods', () => {
      kubelet(server, []);
      return server.all(pods).filter(({ status }) => status.phase === 'Running').length === 3;
    });
    await server.delete(jobs, { name: 'work', namespace: 'default' }, { propagationPolicy: 'Background' });
    await eventually('no pods', () => {
      kubelet(server, []);
      return server.all(pods).length === 0;
    });
  });
});

test('a Job that fails stops its other pods, says why, and goes after its time to live', async () => {
  await withControllers(async (server) => {
    server.seed(jobs, job({ completions: 2, parallelism: 2, backoffLimit: 0, ttlSecondsAfterFinished: 1 }));
    const failed = await eventually('a failed Job', () => {
      kubelet(server, ['Failed', 'Running']);
      const stored = server.stored(jobs, 'work', 'default');
      return stored?.status.conditions?.some(({ type }) => type === 'Failed') && stored;
    });
    assert.equal(failed.status.failed, 2);
    assert.equal(failed.status.conditions?.at(-1)?.message, 'Job has reached the specified backoff limit');
    const gone = (): boolean => {
      kubelet(server, []);
      return server.stored(jobs, 'work', 'default') === undefined;
    };
    await eventually('no Job', gone, 4000);
  });
});

test('a pod is counted from its adoption to its release, and free afterwards', async () => {
  await withControllers(async (server) => {
    server.seed(jobs, job());
    const [made] = await eventually('a pod', () => server.all(pods).length === 1 && server.all(pods));
    assert.deepEqual(made?.metadata.finalizers, [trackingFinalizer]);
    if (made !== undefined) server.seed(pods, { ...made, metadata: { ...made.metadata, labels: { job: 'other' } } });
    await eventually('its release', () => {
      const pod = server.stored(pods, made?.metadata.name ?? '', 'default');
      return pod?.metadata.ownerReferences?.length === 0 && pod.metadata.finalizers?.length === 0;
    });
    const strayLabels = { job: 'nobody' };
    const stray = pod('stray', { labels: strayLabels, node: 'n1' });
    server.seed(pods, { ...stray, metadata: { ...stray.metadata, finalizers: [trackingFinalizer] } });
    await eventually('a stray pod freed', () => {
      const freed = server.stored(pods, 'stray', 'default');
      return freed !== undefined && (freed.metadata.finalizers ?? []).length === 0;
    });
    const successor = server.all(pods).find(({ metadata }) => metadata.ownerReferences?.length === 1);
    if (successor !== undefined) await server.delete(pods, { name: successor.metadata.name, namespace: 'default' });
    const orphan = pod('orphan', { labels: { job: 'work' }, node: 'n1' });
    server.seed(pods, orphan);
    await eventually('an adoption', () => {
      const adopted = server.all(pods).filter(({ metadata }) => metadata.ownerReferences?.length === 1);
      return adopted.length > 0 && adopted.every(({ metadata }) => metadata.finalizers?.length === 1);
    });
  });
});
