import type { Pod } from '../../api/core/pod.schema.ts';
import { ImageError } from '../image/image-error.ts';
import type { ObservedPod } from '../runtime/observed.ts';
import { newestContainer } from '../runtime/observed.ts';
import type { SandboxConfig } from '../runtime/sandbox-config.ts';
import type { PodVolumes } from '../volumes/types.ts';
import { PodVolumesError } from '../volumes/types.ts';
import type { BackOffState } from './back-off.ts';
import { raised, remaining, restartBackOff } from './back-off.ts';
import type { PodContext } from './context.ts';
import { PodEvents } from './events.ts';
import { podGarbage, removeGarbage } from './garbage.ts';
import { containerHash, formatPod } from './names.ts';
import type { ContainerKill, ContainerStart, PodPlan } from './plan.ts';
import { planPod, usableSandbox } from './plan.ts';
import { publishStatus } from './publish.ts';
import { PodResizer } from './resizer.ts';
import { containerNamed } from './restart.ts';
import { configOfSandbox, createSandbox, SandboxError } from './sandbox.ts';
import { startContainer } from './start-container.ts';
import { StartError } from './start-error.ts';
import type { WaitingReason } from './status/container-statuses.ts';
import { stopContainer } from './stop.ts';

export interface StepResult {
  /** Nothing of the pod is to run any more. */
  readonly ended: boolean;
  /** When to look again: at once, in so many milliseconds, or when something tells. */
  readonly again: 'now' | number | undefined;
}

const firstRetryMs = 1000;
const longestRetryMs = 10_000;

interface Retry {
  /** What failed: another image is another thing. */
  readonly hash: string;
  readonly failures: number;
  readonly at: number;
}

/** The running part of a pod's life: observe, plan, apply; what it remembers is only how long to wait. */
export class PodRun {
  /** Why containers wait, by name. */
  readonly waiting = new Map<string, WaitingReason>();
  readonly resizer: PodResizer;
  readonly #context: PodContext;
  readonly #signal: AbortSignal;
  readonly #backOffs = new Map<string, BackOffState>();
  readonly #retries = new Map<string, Retry>();
  /** The run of each container whose back-off was told. */
  readonly #toldBackOff = new Map<string, string>();
  #volumes: PodVolumes | undefined;
  #volumeFailures = 0;
  #sandbox: { readonly id: string; readonly config: SandboxConfig } | undefined;

  constructor(context: PodContext, signal: AbortSignal) {
    this.#context = context;
    this.#signal = signal;
    this.resizer = new PodResizer(context);
  }

  /** Looks at the pod and does what is due. */
  async step(pod: Pod): Promise<StepResult> {
    const { cache, probes, now } = this.#context;
    const { uid } = pod.metadata;
    const observed = cache.get(uid) ?? (await cache.refresh(uid));
    const plan = planPod({
      pod,
      observed,
      health: (id) => probes.health(id),
      backOff: (name, endedAt) => this.#backOff(pod, name, endedAt, now()),
    });
    if (plan.stopPod) return { ended: true, again: undefined };
    this.#noteDelays(pod, plan, observed);
    const resize = this.resizer.plan(pod, observed);
    this.publish(pod, observed);
    const kills = [...plan.kill, ...resize.restarts];
    if (kills.length > 0) {
      await Promise.all(kills.map((kill) => this.#kill(pod, kill)));
      await cache.refresh(uid);
      return { ended: false, again: 'now' };
    }
    if (resize.updates.length > 0) {
      const done = await this.resizer.apply(pod, resize);
      this.publish(pod, observed);
      if (done > 0) return { ended: false, again: 'now' };
    }
    const due = this.#due(plan.start, now());
    const waits = [...plan.delayed.map(({ remainingMs }) => remainingMs), ...due.waits];
    if (plan.sandbox.action === 'keep' && due.starts.length === 0) {
      if (this.#volumes !== undefined || plan.start.length === 0) await this.#refreshVolumes(pod);
      return { ended: false, again: waits.length === 0 ? undefined : Math.min(...waits) };
    }
    const volumes = await this.#prepareVolumes(pod);
    if (typeof volumes === 'number') return { ended: false, again: volumes };
    await this.#apply(pod, plan, due.starts, volumes);
    const after = await cache.refresh(uid);
    this.publish(pod, after);
    await this.#removeGarbage(after);
    return { ended: false, again: 'now' };
  }

  publish(pod: Pod, observed: ObservedPod): void {
    publishStatus(this.#context, { pod, observed, waiting: this.waiting, resizer: this.resizer, isTerminal: false });
  }

  #backOff(
    pod: Pod,
    name: string,
    endedAt: number,
    now: number,
  ): { durationMs: number; remainingMs: number } | undefined {
    const state = this.#backOffs.get(this.#backOffKey(pod, name));
    const remainingMs = remaining(state, endedAt, now, restartBackOff);
    return state === undefined || remainingMs === 0 ? undefined : { durationMs: state.durationMs, remainingMs };
  }

  #backOffKey(pod: Pod, name: string): string {
    const container = containerNamed(pod, name);
    return container === undefined ? name : `${name} ${containerHash(container)}`;
  }

  #noteDelays(pod: Pod, plan: PodPlan, observed: ObservedPod): void {
    const delayed = new Set(plan.delayed.map(({ container }) => container));
    for (const { container, message } of plan.delayed) {
      this.waiting.set(container, { reason: 'CrashLoopBackOff', message });
      const id = newestContainer(observed, container)?.id ?? '';
      if (this.#toldBackOff.get(container) === id) continue;
      this.#toldBackOff.set(container, id);
      new PodEvents(this.#context.events, pod).warning(
        'BackOff',
        `Back-off restarting failed container ${container} in pod ${formatPod(pod)}`,
        container,
      );
    }
    const starting = new Set(plan.start.map(({ container }) => container.name));
    for (const name of this.waiting.keys()) if (!delayed.has(name) && !starting.has(name)) this.waiting.delete(name);
  }

  async #kill(pod: Pod, { container, reason, message }: ContainerKill): Promise<void> {
    const spec = containerNamed(pod, container.name);
    const probe = reason === 'liveness' ? spec?.livenessProbe : reason === 'startup' ? spec?.startupProbe : undefined;
    const graceSeconds = probe?.terminationGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
    const stopped = stopContainer(this.#context, { pod, container, graceSeconds, message, hurry: this.#signal });
    // When the whole pod is to end, that must not wait for this container's grace: it has its own.
    await Promise.race([stopped, aborted(this.#signal)]);
  }

  /** The containers that may be tried now, and how long the others wait after a start that failed. */
  #due(start: readonly ContainerStart[], now: number): { starts: ContainerStart[]; waits: number[] } {
    const starts: ContainerStart[] = [];
    const waits: number[] = [];
    for (const item of start) {
      const retry = this.#retries.get(item.container.name);
      if (retry === undefined || retry.hash !== containerHash(item.container) || retry.at <= now) starts.push(item);
      else {
        waits.push(retry.at - now);
        // Init containers follow one another: what stands behind this one waits for it.
        if (item.role === 'init') break;
      }
    }
    return { starts, waits };
  }

  async #removeGarbage(observed: ObservedPod): Promise<void> {
    const garbage = podGarbage(observed);
    if (garbage.containers.length + garbage.sandboxes.length === 0) return;
    await removeGarbage(this.#context, garbage);
    await this.#context.cache.refresh(observed.uid);
  }

  /** The pod's volumes, or in how many milliseconds to try again. */
  async #prepareVolumes(pod: Pod): Promise<PodVolumes | number> {
    try {
      this.#volumes = await this.#context.volumes.prepare(pod);
      this.#volumeFailures = 0;
      return this.#volumes;
    } catch (error) {
      if (!(error instanceof PodVolumesError)) throw error;
      this.#tellFailures(pod, error);
      return Math.min(longestRetryMs, 500 * 2 ** this.#volumeFailures++);
    }
  }

  async #refreshVolumes(pod: Pod): Promise<void> {
    try {
      await this.#context.volumes.refresh(pod);
    } catch (error) {
      if (!(error instanceof PodVolumesError)) throw error;
      this.#tellFailures(pod, error);
    }
  }

  #tellFailures(pod: Pod, error: PodVolumesError): void {
    const events = new PodEvents(this.#context.events, pod);
    for (const { message } of error.failures) events.warning('FailedMount', message);
  }

  async #apply(pod: Pod, plan: PodPlan, starts: readonly ContainerStart[], volumes: PodVolumes): Promise<void> {
    const { cache } = this.#context;
    const { uid } = pod.metadata;
    let observed = cache.get(uid);
    const attempt = plan.sandbox.action === 'create' ? plan.sandbox.attempt : (observed?.sandboxes[0]?.attempt ?? 0);
    if (plan.sandbox.action === 'create') {
      const config = await configOfSandbox(this.#context, pod, attempt);
      // Even one that has ended holds an address until it is stopped.
      const stale = (observed?.sandboxes ?? []).map(({ id: old }) => old);
      const id = await createSandbox(this.#context, pod, { config, attempt, stale });
      this.#sandbox = { id, config };
      observed = await cache.refresh(uid);
      this.publish(pod, observed);
    }
    const current = observed === undefined ? undefined : usableSandbox(pod, observed);
    if (current === undefined) throw new SandboxError('the sandbox ended as soon as it was made');
    const config =
      this.#sandbox?.id === current.id ? this.#sandbox.config : await configOfSandbox(this.#context, pod, attempt);
    this.#sandbox = { id: current.id, config };
    for (const start of starts) {
      await this.#start(pod, start, { id: current.id, config, ips: current.ips }, volumes);
    }
  }

  async #start(
    pod: Pod,
    start: ContainerStart,
    sandbox: { id: string; config: SandboxConfig; ips: readonly string[] },
    volumes: PodVolumes,
  ): Promise<void> {
    const { name } = start.container;
    const { cache, now, runtime } = this.#context;
    if (start.isRestart) {
      const key = this.#backOffKey(pod, name);
      this.#backOffs.set(key, raised(this.#backOffs.get(key), now(), restartBackOff));
    }
    const idOf = (other: string): string | undefined => {
      const found = cache
        .get(pod.metadata.uid)
        ?.containers.find((item) => item.name === other && item.state === 'running');
      return found?.id;
    };
    // One that was made and never started stands in the way of the same run: its kubelet ended in between.
    const unborn = cache
      .get(pod.metadata.uid)
      ?.containers.find((item) => item.name === name && item.state === 'created');
    if (unborn !== undefined) await runtime.removeContainer({ containerId: unborn.id });
    try {
      const id = await startContainer(this.#context, { pod, start, sandbox, volumes, idOf, signal: this.#signal });
      this.resizer.started(id, start.container.resources);
      this.waiting.delete(name);
      this.#retries.delete(name);
    } catch (error) {
      if (!(error instanceof ImageError) && !(error instanceof StartError)) throw error;
      this.waiting.set(name, { reason: error.code, message: error.message });
      const hash = containerHash(start.container);
      const before = this.#retries.get(name);
      const failures = before?.hash === hash ? before.failures + 1 : 0;
      const own = Math.min(longestRetryMs, firstRetryMs * 2 ** failures);
      const wait = error instanceof ImageError ? (error.retryAfterMs ?? longestRetryMs) : own;
      this.#retries.set(name, { hash, failures, at: now() + wait });
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
