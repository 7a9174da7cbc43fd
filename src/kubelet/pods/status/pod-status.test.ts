import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod } from '../../../api/core/pod.schema.ts';
import type { ContainerState, PodStatus } from '../../../api/core/pod-status.schema.ts';
import type { ProbedHealth } from '../../probes/types.ts';
import type { ObservedPod } from '../../runtime/observed.ts';
import { container, exited, observed, pod, run, sandbox } from '../../testing/pods.ts';
import type { WaitingReason } from './container-statuses.ts';
import { podStatus } from './pod-status.ts';

const now = Date.parse('2026-01-01T00:01:00Z');
const well: ProbedHealth = { liveness: 'success', readiness: 'success', startup: 'success' };
const unknown: ProbedHealth = { liveness: 'unknown', readiness: 'unknown', startup: 'unknown' };

interface Situation {
  readonly pod?: Pod;
  readonly previous?: PodStatus;
  readonly observed: ObservedPod;
  readonly waiting?: Readonly<Record<string, WaitingReason>>;
  readonly health?: ProbedHealth;
  readonly isTerminal?: boolean;
  readonly failure?: { readonly reason: string; readonly message: string };
}

function statusOf(situation: Situation): PodStatus {
  const subject = situation.pod ?? pod();
  return podStatus({
    pod: subject,
    previous: situation.previous ?? subject.status,
    observed: situation.observed,
    waiting: new Map(Object.entries(situation.waiting ?? {})),
    health: () => situation.health ?? well,
    hostIPs: ['192.0.2.1'],
    isTerminal: situation.isTerminal ?? false,
    failure: situation.failure,
    now,
  });
}

function describeState(state: ContainerState | undefined): string {
  if (state?.running !== undefined) return 'running';
  if (state?.terminated !== undefined) return `${state.terminated.reason} ${state.terminated.exitCode}`;
  return state?.waiting === undefined ? '' : (state.waiting.reason ?? 'waiting');
}

/** `PHASE`, then `NAME: STATE, LAST STATE, RESTARTS` for each container. */
function summary(status: PodStatus): string[] {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  return [
    status.phase ?? '',
    ...all.map(({ name, state, lastState, restartCount, ready }) =>
      [`${name}:`, describeState(state), describeState(lastState), restartCount, ready ? 'ready' : '']
        .filter((word) => word !== '')
        .join(' '),
    ),
  ];
}

const crash: WaitingReason = { reason: 'CrashLoopBackOff', message: 'back-off' };
const ran = {
  name: 'c',
  ready: true,
  restartCount: 1,
  image: 'busybox:1',
  imageID: '',
  containerID: 'containerd://old',
};
const init = { initContainers: [container('i')] };

const cases: Readonly<Record<string, Situation & { readonly summary: readonly string[] }>> = {
  'before anything is there': { observed: observed([], []), summary: ['Pending', 'c: ContainerCreating 0'] },
  'before init containers have ended': {
    pod: pod(init),
    observed: observed([run('i')]),
    summary: ['Pending', 'i: running 0', 'c: PodInitializing 0'],
  },
  'an image that is missing': {
    observed: observed([]),
    waiting: { c: { reason: 'ErrImagePull', message: 'no such image' } },
    summary: ['Pending', 'c: ErrImagePull 0'],
  },
  running: {
    pod: pod(init),
    observed: observed([run('c'), exited('i', 0)]),
    summary: ['Running', 'i: Completed 0 0 ready', 'c: running 0 ready'],
  },
  'one of two runs': {
    pod: pod({ containers: [container('c'), container('d')] }),
    observed: observed([run('c')]),
    summary: ['Pending', 'c: running 0 ready', 'd: ContainerCreating 0'],
  },
  'crashed and waiting': {
    observed: observed([exited('c', 3, { restartCount: 2 })]),
    waiting: { c: crash },
    summary: ['Running', 'c: CrashLoopBackOff Error 3 2'],
  },
  'running after a crash': {
    observed: observed([run('c', { id: 'c-2', restartCount: 1 }), exited('c', 3)]),
    summary: ['Running', 'c: running Error 3 1 ready'],
  },
  'ended well': {
    pod: pod({ restartPolicy: 'Never' }),
    observed: observed([exited('c', 0)]),
    summary: ['Succeeded', 'c: Completed 0 0'],
  },
  'ended badly': {
    pod: pod({ restartPolicy: 'Never' }),
    observed: observed([exited('c', 1)]),
    summary: ['Failed', 'c: Error 1 0'],
  },
  'one ended, one runs': {
    pod: pod({ restartPolicy: 'Never', containers: [container('c'), container('d')] }),
    observed: observed([exited('c', 1), run('d')]),
    summary: ['Running', 'c: Error 1 0', 'd: running 0 ready'],
  },
  'an init container failed for good': {
    pod: pod({ ...init, restartPolicy: 'Never' }),
    observed: observed([exited('i', 1)]),
    summary: ['Failed', 'i: Error 1 0', 'c: PodInitializing 0'],
  },
  'an init container will be tried again': {
    pod: pod(init),
    observed: observed([exited('i', 1)]),
    waiting: { i: crash },
    summary: ['Pending', 'i: CrashLoopBackOff Error 1 0', 'c: PodInitializing 0'],
  },
  'stopped for a deletion': {
    observed: observed([exited('c', 143)]),
    isTerminal: true,
    summary: ['Failed', 'c: Error 143 0'],
  },
  'lost without a trace': {
    previous: { phase: 'Running', containerStatuses: [{ ...ran, state: { running: {} } }] },
    observed: observed([], []),
    summary: ['Running', 'c: ContainerCreating ContainerStatusUnknown 137 2'],
  },
  'lost without a trace, and not coming again': {
    previous: { phase: 'Running', containerStatuses: [{ ...ran, state: { running: {} } }] },
    observed: observed([], []),
    isTerminal: true,
    summary: ['Failed', 'c: ContainerStatusUnknown 137 1'],
  },
  'an end that is known stays known when its container is removed': {
    pod: pod({ restartPolicy: 'Never' }),
    previous: {
      phase: 'Succeeded',
      containerStatuses: [{ ...ran, ready: false, state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
    },
    observed: observed([], []),
    isTerminal: true,
    summary: ['Succeeded', 'c: Completed 0 1'],
  },
  'a failure of the whole pod': {
    observed: observed([exited('c', 0)]),
    isTerminal: true,
    failure: { reason: 'DeadlineExceeded', message: 'late' },
    summary: ['Failed', 'c: Completed 0 0'],
  },
};

describe('the status of a pod', () => {
  for (const [name, situation] of Object.entries(cases)) {
    test(name, () => assert.deepEqual(summary(statusOf(situation)), situation.summary));
  }

  test('addresses, start and quality of service', () => {
    const { podIP, podIPs, hostIP, startTime, qosClass } = statusOf({ observed: observed([run('c')]) });
    assert.deepEqual(
      [podIP, podIPs, hostIP, startTime, qosClass],
      ['10.0.0.1', [{ ip: '10.0.0.1' }], '192.0.2.1', '2026-01-01T00:01:00Z', 'BestEffort'],
    );
    const host = statusOf({
      pod: pod({ hostNetwork: true }),
      observed: observed([run('c')], [sandbox({ hostNetwork: true, ips: [] })]),
    });
    assert.equal(host.podIP, '192.0.2.1');
  });

  test('a condition keeps its time while it says the same', () => {
    const first = statusOf({ observed: observed([run('c')]) });
    const later = podStatus({
      pod: pod(),
      previous: first,
      observed: observed([exited('c', 1)]),
      waiting: new Map(),
      health: () => well,
      hostIPs: [],
      isTerminal: false,
      now: now + 5000,
    });
    const times = (later.conditions ?? []).map(({ type, status, lastTransitionTime, message }) => [
      type,
      status,
      lastTransitionTime,
      message,
    ]);
    assert.deepEqual(times, [
      ['PodReadyToStartContainers', 'True', '2026-01-01T00:01:00Z', undefined],
      ['Initialized', 'True', '2026-01-01T00:01:00Z', undefined],
      ['Ready', 'False', '2026-01-01T00:01:05Z', 'containers with unready status: [c]'],
      ['ContainersReady', 'False', '2026-01-01T00:01:05Z', 'containers with unready status: [c]'],
      ['PodScheduled', 'True', '2026-01-01T00:01:00Z', undefined],
    ]);
  });

  test('probes that know nothing yet leave readiness as it was', () => {
    const probed = pod({ containers: [container('c', { readinessProbe: {}, startupProbe: {} })] });
    const same = { ...ran, containerID: 'containerd://c-1', started: true };
    const kept = statusOf({
      pod: probed,
      previous: { containerStatuses: [same] },
      observed: observed([run('c')]),
      health: unknown,
    });
    assert.deepEqual([kept.containerStatuses?.[0]?.started, kept.containerStatuses?.[0]?.ready], [true, true]);
    const fresh = statusOf({ pod: probed, observed: observed([run('c')]), health: unknown });
    assert.deepEqual([fresh.containerStatuses?.[0]?.started, fresh.containerStatuses?.[0]?.ready], [false, false]);
  });

  test('gates hold readiness back until somebody opens them', () => {
    const gated = (status?: string) =>
      pod(
        { readinessGates: [{ conditionType: 'example.com/open' }] },
        status === undefined ? {} : { conditions: [{ type: 'example.com/open', status }] },
      );
    const messages = [undefined, 'False', 'True'].map((status) => {
      const ready = statusOf({ pod: gated(status), observed: observed([run('c')]) }).conditions?.find(
        ({ type }) => type === 'Ready',
      );
      return `${ready?.status} ${ready?.message ?? ''}`.trim();
    });
    assert.deepEqual(messages, [
      'False corresponding condition of pod readiness gate "example.com/open" does not exist.',
      'False the status of pod readiness gate "example.com/open" is not "True", but False',
      'True',
    ]);
  });
});
