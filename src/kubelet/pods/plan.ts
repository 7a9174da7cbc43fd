import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { ObservedContainer, ObservedPod, ObservedSandbox } from '../runtime/observed.ts';
import { newestContainer } from '../runtime/observed.ts';
import { goDuration } from './duration.ts';
import type { ContainerRole } from './names.ts';
import { containerHash, formatPod, isSidecar } from './names.ts';
import { earlierStarts, restartsAfterExit } from './restart.ts';

/** What the probes last said about a running container. */
export interface ContainerHealth {
  readonly liveness: 'success' | 'failure' | 'unknown';
  readonly startup: 'success' | 'failure' | 'unknown';
}

export interface PlanInput {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  /** By container id. */
  readonly health: (containerId: string) => ContainerHealth;
  /** The delay under which a container stands that ended at `finishedAt`; undefined when it may start. */
  readonly backOff: (container: string, finishedAt: number) => { durationMs: number; remainingMs: number } | undefined;
}

export interface ContainerStart {
  readonly role: ContainerRole;
  readonly container: Container;
  readonly restartCount: number;
  /** It ran before, so that this start counts towards its back-off. */
  readonly isRestart: boolean;
}

export interface ContainerKill {
  readonly container: ObservedContainer;
  readonly reason: 'definition' | 'liveness' | 'startup' | 'sandbox' | 'unknown' | 'resize';
  readonly message: string;
}

export interface ContainerDelay {
  readonly container: string;
  readonly message: string;
  readonly remainingMs: number;
}

/** One round of work on a pod. */
export interface PodPlan {
  /** Nothing of the pod is to run any more: all containers and the sandbox stop. */
  readonly stopPod: boolean;
  readonly kill: readonly ContainerKill[];
  readonly sandbox:
    | { readonly action: 'keep'; readonly id: string }
    | { readonly action: 'create'; readonly attempt: number }
    | { readonly action: 'none' };
  /** In this order. */
  readonly start: readonly ContainerStart[];
  readonly delayed: readonly ContainerDelay[];
}

const nothing: PodPlan = {
  stopPod: false,
  kill: [],
  sandbox: { action: 'none' },
  start: [],
  delayed: [],
};

/** Decides what to do with a pod that is to run; after upstream's `computePodActions`. */
export function planPod(input: PlanInput): PodPlan {
  const current = usableSandbox(input.pod, input.observed);
  return current === undefined ? planNewSandbox(input) : planContainers(input, current);
}

/** The sandbox that containers can be put into; undefined when a new one is needed. */
export function usableSandbox(pod: Pod, observed: ObservedPod): ObservedSandbox | undefined {
  const [newest] = observed.sandboxes;
  const ready = observed.sandboxes.filter((sandbox) => sandbox.ready);
  if (newest === undefined || ready.length !== 1 || !newest.ready) return undefined;
  if (newest.hostNetwork !== (pod.spec.hostNetwork === true)) return undefined;
  if (!newest.hostNetwork && newest.ips.length === 0) return undefined;
  return newest;
}

function planNewSandbox(input: PlanInput): PodPlan {
  const { pod, observed } = input;
  const [newest] = observed.sandboxes;
  const attempt = newest === undefined ? 0 : newest.attempt + 1;
  const kill = observed.containers
    .filter(({ state }) => state === 'running' || state === 'unknown')
    .map((container) => ({
      container,
      reason: 'sandbox' as const,
      message: 'Pod sandbox changed, it will be killed and re-created.',
    }));
  // Without restarts, a pod whose sandbox is lost after its containers were made has ended.
  if (pod.spec.restartPolicy === 'Never' && attempt > 0 && observed.containers.length > 0) {
    return { ...nothing, stopPod: true };
  }
  const wanted = pod.spec.containers.filter((container) => {
    const last = newestContainer(observed, container.name);
    return last === undefined || restartsAfter(pod, container, last);
  });
  const anyRegular = pod.spec.containers.some(({ name }) => newestContainer(observed, name) !== undefined);
  if (wanted.length === 0 && anyRegular) return { ...nothing, stopPod: true };
  const base: PodPlan = { ...nothing, kill, sandbox: { action: 'create', attempt } };
  // Killed containers end first; the next round, which sees them ended, makes the sandbox.
  if (kill.length > 0) return { ...base, sandbox: { action: 'none' } };
  const [firstInit] = pod.spec.initContainers ?? [];
  if (firstInit !== undefined) return { ...base, ...startOrDelay(input, [{ role: 'init', container: firstInit }]) };
  return {
    ...base,
    ...startOrDelay(
      input,
      wanted.map((container) => ({ role: 'regular' as const, container })),
    ),
  };
}

function planContainers(input: PlanInput, sandbox: ObservedSandbox): PodPlan {
  const { pod, observed } = input;
  const base: PodPlan = { ...nothing, sandbox: { action: 'keep', id: sandbox.id } };
  const ephemeral = (pod.spec.ephemeralContainers ?? [])
    .filter(({ name }) => newestContainer(observed, name) === undefined)
    .map((container) => ({ role: 'ephemeral' as const, container }));
  const init = planInit(input, sandbox);
  if (init.failed) return { ...base, stopPod: true };
  const regular = init.done ? planRegular(input) : { kill: [], start: [], kept: 1 };
  if (regular.kept === 0 && regular.start.length === 0) return { ...base, stopPod: true };
  return {
    ...base,
    kill: [...init.kill, ...regular.kill],
    ...startOrDelay(input, [...ephemeral, ...init.start, ...regular.start]),
  };
}

type Candidate = Pick<ContainerStart, 'role' | 'container'>;

interface InitPlan {
  readonly done: boolean;
  readonly failed: boolean;
  readonly kill: readonly ContainerKill[];
  readonly start: readonly Candidate[];
}

/** Init containers run one after the other, each to its end; sidecars among them only need to have started. */
function planInit(input: PlanInput, sandbox: ObservedSandbox): InitPlan {
  const { pod, observed, health } = input;
  const began = pod.spec.containers.some(({ name }) => newestContainer(observed, name, sandbox.id) !== undefined);
  const kill: ContainerKill[] = [];
  const start: Candidate[] = [];
  const result = (done: boolean, failed = false): InitPlan => ({ done, failed, kill, start });
  for (const container of pod.spec.initContainers ?? []) {
    const last = newestContainer(observed, container.name, sandbox.id);
    if (isSidecar(container)) {
      const fault = last?.state === 'running' ? faultOf(pod, container, last, health(last.id)) : undefined;
      if (fault !== undefined) kill.push(fault);
      else if (last?.state !== 'running') start.push({ role: 'init', container });
      const started =
        fault === undefined &&
        last?.state === 'running' &&
        (container.startupProbe === undefined || health(last.id).startup === 'success');
      // Once the main containers have begun, sidecars are only kept alive: nothing waits for them any more.
      if (!started && !began) return result(false);
    } else if (!began) {
      if (last?.state === 'running') return result(false);
      if (last?.state === 'exited' && last.exitCode === 0) continue;
      if (last?.state === 'exited' && !restartsAfterInit(pod, container, last.exitCode)) return result(false, true);
      start.push({ role: 'init', container });
      return result(false);
    }
  }
  return result(true);
}

function planRegular(input: PlanInput): { kill: ContainerKill[]; start: Candidate[]; kept: number } {
  const { pod, observed, health } = input;
  const kill: ContainerKill[] = [];
  const start: Candidate[] = [];
  let kept = 0;
  for (const container of pod.spec.containers) {
    const last = newestContainer(observed, container.name);
    if (last?.state === 'running') {
      const fault = faultOf(pod, container, last, health(last.id));
      if (fault !== undefined) kill.push(fault);
      // A container killed for a fault is started, or not, by the round that sees its end.
      kept++;
    } else if (last?.state === 'unknown') {
      const message = 'Container is in "unknown" state, try killing it before restart';
      kill.push({ container: last, reason: 'unknown', message });
      kept++;
    } else if (last === undefined || restartsAfter(pod, container, last)) {
      start.push({ role: 'regular', container });
    }
  }
  return { kill, start, kept };
}

function faultOf(
  pod: Pod,
  container: Container,
  last: ObservedContainer,
  health: ContainerHealth,
): ContainerKill | undefined {
  const kill = (reason: ContainerKill['reason'], why: string, restarts: boolean): ContainerKill => ({
    container: last,
    reason,
    message: `Container ${container.name} ${why}${restarts ? ', will be restarted' : ''}`,
  });
  if (last.hash !== containerHash(container)) return kill('definition', 'definition changed', true);
  // What is killed for a probe ends with a failure, so only a pod that never restarts lets it rest.
  const restarts = isSidecar(container) || restartsAfterExit(pod, container, killedExitCode);
  if (health.liveness === 'failure') return kill('liveness', 'failed liveness probe', restarts);
  if (health.startup === 'failure') return kill('startup', 'failed startup probe', restarts);
  return undefined;
}

/** 128 and SIGKILL. */
const killedExitCode = 137;

function restartsAfter(pod: Pod, container: Container, last: ObservedContainer): boolean {
  return last.state !== 'exited' || restartsAfterExit(pod, container, last.exitCode);
}

/** An init container that failed is tried again unless the pod, or the container itself, says never. */
function restartsAfterInit(pod: Pod, container: Container, exitCode: number): boolean {
  const retries = (container.restartPolicy ?? pod.spec.restartPolicy) !== 'Never';
  return retries || (container.restartPolicyRules !== undefined && restartsAfterExit(pod, container, exitCode));
}

/** A container that was made and never started is made anew, and counts as the same run. */
function nextRestartCount(pod: Pod, container: Container, last: ObservedContainer | undefined): number {
  if (last === undefined) return earlierStarts(pod, container.name);
  return last.state === 'created' ? last.restartCount : last.restartCount + 1;
}

/** Parts the containers to start into those that may now, and those that still stand under a back-off. */
function startOrDelay(input: PlanInput, candidates: readonly Candidate[]): Pick<PodPlan, 'start' | 'delayed'> {
  const start: ContainerStart[] = [];
  const delayed: ContainerDelay[] = [];
  for (const { role, container } of candidates) {
    const last = newestContainer(input.observed, container.name);
    const ended = last?.state === 'exited' ? (last.finishedAt ?? last.createdAt) : undefined;
    const delay = ended === undefined ? undefined : input.backOff(container.name, ended);
    if (delay === undefined) {
      const restartCount = nextRestartCount(input.pod, container, last);
      start.push({ role, container, restartCount, isRestart: ended !== undefined });
      continue;
    }
    const message = `back-off ${goDuration(delay.durationMs)} restarting failed container=${container.name} pod=${formatPod(input.pod)}`;
    delayed.push({ container: container.name, message, remainingMs: delay.remainingMs });
  }
  return { start, delayed };
}
