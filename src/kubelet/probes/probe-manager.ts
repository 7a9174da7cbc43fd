import type { Container, Probe } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { attemptProbe } from './attempt.ts';
import type { ProbeOutcome } from './outcome.ts';
import { ProbeWorker } from './probe-worker.ts';
import type {
  ProbedContainer,
  ProbedHealth,
  ProbeKind,
  ProbeManager,
  ProbeManagerOptions,
  ProbeTargets,
  ProbeVerdict,
} from './types.ts';

const kinds: readonly ProbeKind[] = ['startup', 'readiness', 'liveness'];
const nothingKnown: ProbedHealth = { liveness: 'unknown', readiness: 'unknown', startup: 'unknown' };
const titles: Readonly<Record<ProbeKind, string>> = {
  liveness: 'Liveness',
  readiness: 'Readiness',
  startup: 'Startup',
};

/** A container's probe of one kind. */
function probeOf(container: Container, kind: ProbeKind): Probe | undefined {
  if (kind === 'liveness') return container.livenessProbe;
  return kind === 'readiness' ? container.readinessProbe : container.startupProbe;
}

/** One running container with all of its probes. */
interface Probed {
  readonly podUid: string;
  readonly containerId: string;
  /** What changes in the life of the container: the pod's object and its address. */
  pod: Pod;
  address: string | undefined;
  readonly workers: ReadonlyMap<ProbeKind, ProbeWorker>;
}

/** Probes the containers of one node's pods. */
export function createProbeManager(options: ProbeManagerOptions): ProbeManager {
  return new Manager(options);
}

class Manager implements ProbeManager {
  readonly #options: ProbeManagerOptions;
  /** By container id. */
  readonly #probed = new Map<string, Probed>();
  /** The ids of each pod's containers. */
  readonly #pods = new Map<string, Set<string>>();
  readonly #listeners = new Set<(podUid: string) => void>();

  constructor(options: ProbeManagerOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => [...this.#pods.keys()].forEach((uid) => this.stop(uid)), {
      once: true,
    });
  }

  sync(pod: Pod, { address, containers }: ProbeTargets): void {
    if (this.#options.signal.aborted) return;
    const { uid } = pod.metadata;
    const named = new Set(containers.map(({ containerId }) => containerId));
    for (const id of this.#pods.get(uid) ?? []) if (!named.has(id)) this.#forget(uid, id);
    for (const running of containers) {
      const known = this.#probed.get(running.containerId);
      if (known === undefined) this.#add(pod, running, address);
      else Object.assign(known, { pod, address });
      const probed = this.#probed.get(running.containerId);
      // Without an address there is nobody to ask.
      if (probed !== undefined && address !== undefined && pod.metadata.deletionTimestamp === undefined) begin(probed);
    }
  }

  stopLivenessAndStartup(uid: string): void {
    for (const id of this.#pods.get(uid) ?? []) {
      const workers = this.#probed.get(id)?.workers;
      workers?.get('liveness')?.stop();
      workers?.get('startup')?.stop();
    }
  }

  stop(uid: string): void {
    for (const id of this.#pods.get(uid) ?? []) this.#forget(uid, id);
    this.#pods.delete(uid);
  }

  health(containerId: string): ProbedHealth {
    const probed = this.#probed.get(containerId);
    if (probed === undefined) return nothingKnown;
    const verdict = (kind: ProbeKind): ProbeVerdict => {
      const worker = probed.workers.get(kind);
      return worker === undefined ? 'success' : worker.verdict;
    };
    return { liveness: verdict('liveness'), readiness: verdict('readiness'), startup: verdict('startup') };
  }

  onChange(listener: (podUid: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #add(pod: Pod, running: ProbedContainer, address: string | undefined): void {
    const { containers, initContainers = [] } = pod.spec;
    const regular = containers.find(({ name }) => name === running.name);
    const container = regular ?? initContainers.find(({ name }) => name === running.name);
    // Ephemeral containers have no probes.
    if (container === undefined) return;
    const { uid } = pod.metadata;
    const workers = new Map<ProbeKind, ProbeWorker>();
    const probed: Probed = { podUid: uid, containerId: running.containerId, pod, address, workers };
    const fieldPath = `spec.${regular === undefined ? 'initContainers' : 'containers'}{${running.name}}`;
    for (const kind of kinds) {
      const probe = probeOf(container, kind);
      if (probe === undefined) continue;
      const worker = new ProbeWorker({
        kind,
        container,
        probe,
        startedAt: running.startedAt,
        seed: seedOf(pod, running, kind),
        now: this.#options.now ?? Date.now,
        attempt: (signal) =>
          attemptProbe({
            probe,
            container,
            containerId: running.containerId,
            address: probed.address,
            exec: this.#options.exec,
            signal,
          }),
        observe: (outcome) => this.#report(probed, kind, fieldPath, outcome),
        changed: (verdict) => {
          const { name, namespace } = probed.pod.metadata;
          const what = { key: `${namespace}/${name}`, container: container.name, probe: kind, verdict };
          this.#options.logger.info(what, 'a probe says something else');
          begin(probed, kind === 'startup');
          for (const listener of this.#listeners) listener(uid);
        },
      });
      workers.set(kind, worker);
    }
    this.#probed.set(running.containerId, probed);
    const ids = this.#pods.get(uid) ?? new Set();
    this.#pods.set(uid, ids.add(running.containerId));
  }

  #forget(uid: string, containerId: string): void {
    for (const worker of this.#probed.get(containerId)?.workers.values() ?? []) worker.stop();
    this.#probed.delete(containerId);
    const ids = this.#pods.get(uid);
    ids?.delete(containerId);
    if (ids?.size === 0) this.#pods.delete(uid);
  }

  #report(probed: Probed, kind: ProbeKind, fieldPath: string, { result, output }: ProbeOutcome): void {
    const { events } = this.#options;
    const warn = (reason: string, message: string): void =>
      events.event(probed.pod, 'Warning', reason, `${titles[kind]} probe ${message}`, { fieldPath });
    if (result === 'warning') warn('ProbeWarning', `warning: ${output}`);
    else if (result === 'failure') warn('Unhealthy', `failed: ${output}`);
    else if (result === 'error') warn('Unhealthy', `errored and resulted in unknown state: ${output}`);
  }
}

/**
 * Starts the probes that may run: a startup probe holds back the others until it has succeeded; `released` when it just
 * has.
 */
function begin({ workers }: Probed, released = false): void {
  const startup = workers.get('startup');
  startup?.start(false);
  if (startup !== undefined && startup.verdict !== 'success') return;
  workers.get('readiness')?.start(released);
  workers.get('liveness')?.start(released);
}

/** A restarted kubelet goes on from what the pod's status says, so that nothing that works is interrupted. */
function seedOf(pod: Pod, running: ProbedContainer, kind: ProbeKind): ProbeVerdict {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status;
  const status = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === running.name);
  if (status?.containerID?.endsWith(`//${running.containerId}`) !== true) return 'unknown';
  if (kind === 'readiness' && status.ready) return 'success';
  return kind === 'startup' && status.started === true ? 'success' : 'unknown';
}
