import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { ObservedPod } from '../runtime/observed.ts';
import { container, exited, observed, pod, run, sandbox } from '../testing/pods.ts';
import type { ContainerHealth, PlanInput } from './plan.ts';
import { planPod } from './plan.ts';

const well: ContainerHealth = { liveness: 'success', startup: 'success' };
const init = [container('i1'), container('i2')];
const sidecar = container('side', { restartPolicy: 'Always' });
const down = sandbox({ ready: false });

interface Case {
  readonly pod?: Pod;
  readonly observed: ObservedPod;
  readonly health?: Readonly<Record<string, ContainerHealth>>;
  readonly backOff?: PlanInput['backOff'];
  /** `stop`; `sandbox N`; `kill NAME: MESSAGE`; `start NAME RESTARTS`; `delay NAME MS`. */
  readonly plan: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  'a new pod gets a sandbox and its containers': { observed: observed([], []), plan: ['sandbox 0', 'start c 0'] },
  'a new pod with init containers gets the first of them': {
    pod: pod({ initContainers: init }),
    observed: observed([], []),
    plan: ['sandbox 0', 'start i1 0'],
  },
  'a pod that runs is left alone': { observed: observed([run('c')]), plan: [] },
  'a container that was made but never started is made again': {
    observed: observed([run('c', { state: 'created', restartCount: 3 })]),
    plan: ['start c 3'],
  },
  'a container whose state is lost is killed first': {
    observed: observed([run('c', { state: 'unknown' })]),
    plan: ['kill c: Container is in "unknown" state, try killing it before restart'],
  },
  'an ended container is started again': { observed: observed([exited('c', 1)]), plan: ['start c 1'] },
  'an ended container waits for its back-off': {
    observed: observed([exited('c', 1, { restartCount: 4 })]),
    backOff: () => ({ durationMs: 80_000, remainingMs: 500 }),
    plan: ['delay c 500'],
  },
  'OnFailure leaves success alone and the pod has ended': {
    pod: pod({ restartPolicy: 'OnFailure' }),
    observed: observed([exited('c', 0)]),
    plan: ['stop'],
  },
  'Never leaves a failure alone while others run': {
    pod: pod({ restartPolicy: 'Never', containers: [container('c'), container('d')] }),
    observed: observed([exited('c', 1), run('d')]),
    plan: [],
  },
  'a container’s own policy comes before its pod’s': {
    pod: pod({ containers: [container('c', { restartPolicy: 'Never' }), container('d')] }),
    observed: observed([exited('c', 1), run('d')]),
    plan: [],
  },
  'a restart rule comes before both': {
    pod: pod({
      restartPolicy: 'Never',
      containers: [
        container('c', { restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] }),
      ],
    }),
    observed: observed([exited('c', 42)]),
    plan: ['start c 1'],
  },
  'a lost sandbox is replaced, and containers count as restarted': {
    observed: observed([exited('c', 255, { restartCount: 2 })], [down]),
    plan: ['sandbox 1', 'start c 3'],
  },
  'containers in a sandbox of the wrong network are killed before it is replaced': {
    observed: observed([run('c')], [sandbox({ hostNetwork: true })]),
    plan: ['kill c: Pod sandbox changed, it will be killed and re-created.'],
  },
  'a pod that never restarts ends with its sandbox': {
    pod: pod({ restartPolicy: 'Never' }),
    observed: observed([exited('c', 255)], [down]),
    plan: ['stop'],
  },
  'a pod without a trace in the runtime counts on from its status': {
    pod: pod(
      {},
      {
        containerStatuses: [
          { name: 'c', ready: true, restartCount: 5, image: '', imageID: '', state: { running: {} } },
        ],
      },
    ),
    observed: observed([], []),
    plan: ['sandbox 0', 'start c 6'],
  },
  'init containers follow one another': {
    pod: pod({ initContainers: init }),
    observed: observed([exited('i1', 0)]),
    plan: ['start i2 0'],
  },
  'main containers wait for a running init container': {
    pod: pod({ initContainers: init }),
    observed: observed([exited('i1', 0), run('i2')]),
    plan: [],
  },
  'a failed init container is tried again': {
    pod: pod({ initContainers: init }),
    observed: observed([exited('i1', 1)]),
    plan: ['start i1 1'],
  },
  'a failed init container ends a pod that never restarts': {
    pod: pod({ initContainers: init, restartPolicy: 'Never' }),
    observed: observed([exited('i1', 1)]),
    plan: ['stop'],
  },
  'a sidecar that runs lets the next container start': {
    pod: pod({ initContainers: [sidecar, container('i2')] }),
    observed: observed([run('side')]),
    plan: ['start i2 0'],
  },
  'a sidecar with a startup probe holds the others up': {
    pod: pod({ initContainers: [{ ...sidecar, startupProbe: {} }] }),
    observed: observed([run('side')]),
    health: { 'side-1': { liveness: 'unknown', startup: 'unknown' } },
    plan: [],
  },
  'a sidecar that ended is started again beside the main containers': {
    pod: pod({ initContainers: [sidecar] }),
    observed: observed([exited('side', 1), run('c')]),
    plan: ['start side 1'],
  },
  'sidecars do not keep a pod alive': {
    pod: pod({ initContainers: [sidecar], restartPolicy: 'Never' }),
    observed: observed([run('side'), exited('c', 0)]),
    plan: ['stop'],
  },
  'a changed image restarts its container': {
    pod: pod({ containers: [container('c', { image: 'busybox:2' })] }),
    observed: observed([run('c')]),
    plan: ['kill c: Container c definition changed, will be restarted'],
  },
  'a failed liveness probe kills': {
    observed: observed([run('c')]),
    health: { 'c-1': { liveness: 'failure', startup: 'success' } },
    plan: ['kill c: Container c failed liveness probe, will be restarted'],
  },
  'a failed startup probe kills, without a restart where there is none': {
    pod: pod({ restartPolicy: 'Never' }),
    observed: observed([run('c')]),
    health: { 'c-1': { liveness: 'unknown', startup: 'failure' } },
    plan: ['kill c: Container c failed startup probe'],
  },
  'a debug container is started once': {
    pod: pod({ ephemeralContainers: [container('new'), container('old')] }),
    observed: observed([run('c'), exited('old', 1)]),
    plan: ['start new 0'],
  },
};

describe('the plan of a pod', () => {
  for (const [name, { observed: seen, health = {}, ...rest }] of Object.entries(cases)) {
    test(name, () => {
      const plan = planPod({
        pod: rest.pod ?? pod(),
        observed: seen,
        health: (id) => health[id] ?? well,
        backOff: rest.backOff ?? (() => undefined),
      });
      const lines = [
        ...(plan.stopPod ? ['stop'] : []),
        ...plan.kill.map((kill) => `kill ${kill.container.name}: ${kill.message}`),
        ...(plan.sandbox.action === 'create' ? [`sandbox ${plan.sandbox.attempt}`] : []),
        ...plan.start.map((start) => `start ${start.container.name} ${start.restartCount}`),
        ...plan.delayed.map((delay) => `delay ${delay.container} ${delay.remainingMs}`),
      ];
      assert.deepEqual(lines, rest.plan);
    });
  }
});
