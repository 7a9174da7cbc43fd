import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { pause } from '../../client/back-off.ts';
import { isNotFound } from '../cri/errors.ts';
import { HandlerError, runHandler } from '../probes/handlers.ts';
import type { ObservedContainer } from '../runtime/observed.ts';
import type { PodContext } from './context.ts';
import { PodEvents } from './events.ts';
import { formatPod, isSidecar } from './names.ts';
import { containerNamed } from './restart.ts';

/** No container is killed without having had this long to end by itself. */
const minimumGraceSeconds = 2;

export interface StopInput {
  /** Undefined for a pod that only the runtime knows: it has no hooks and nobody to tell. */
  readonly pod: Pod | undefined;
  readonly container: Pick<ObservedContainer, 'id' | 'name' | 'state'>;
  readonly graceSeconds: number;
  readonly message: string;
  /** Aborted when less time is left than was given: the hook ends, and another stop follows. */
  readonly hurry: AbortSignal;
}

/** Ends one container: preStop hook, its stop signal, and SIGKILL when its grace is over. */
export async function stopContainer(context: PodContext, input: StopInput): Promise<void> {
  const { pod, container, message } = input;
  if (pod !== undefined) new PodEvents(context.events, pod).normal('Killing', message, container.name);
  const spec = pod === undefined ? undefined : containerNamed(pod, container.name);
  const began = context.now();
  if (pod !== undefined && spec !== undefined) await preStop(context, { ...input, pod }, spec);
  const spent = Math.floor((context.now() - began) / 1000);
  await sendStop(context, container.id, Math.max(minimumGraceSeconds, input.graceSeconds - spent));
}

/** Lets the runtime stop a container; one that it does not know has stopped. */
export async function sendStop(context: PodContext, containerId: string, graceSeconds: number): Promise<void> {
  try {
    await context.runtime.stopContainer(
      { containerId, timeout: BigInt(graceSeconds) },
      { timeoutMs: (graceSeconds + 120) * 1000 },
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function preStop(
  context: PodContext,
  input: StopInput & { readonly pod: Pod },
  container: Container,
): Promise<void> {
  const handler = container.lifecycle?.preStop;
  if (handler === undefined || input.graceSeconds <= 0 || input.container.state !== 'running') return;
  const { pod } = input;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), input.graceSeconds * 1000);
  const [address] =
    pod.spec.hostNetwork === true ? context.node.ips : (context.cache.get(pod.metadata.uid)?.sandboxes[0]?.ips ?? []);
  try {
    const signal = AbortSignal.any([timeout.signal, input.hurry]);
    await runHandler({ handler, pod, container, containerId: input.container.id, address, exec: context.exec, signal });
  } catch (error) {
    if (!(error instanceof HandlerError)) throw error;
    context.logger.info({ err: error, pod: formatPod(pod) }, 'a preStop hook failed');
    new PodEvents(context.events, pod).warning('FailedPreStopHook', 'PreStopHook failed', container.name);
  } finally {
    clearTimeout(timer);
  }
}

/** The end of a whole pod, which can be hurried while it is under way. */
export class PodStop {
  readonly #context: PodContext;
  readonly #pod: Pod | undefined;
  readonly #containers: readonly ObservedContainer[];
  readonly #hurry = new AbortController();
  readonly #stopped = new Set<string>();
  #graceSeconds: number;

  constructor(
    context: PodContext,
    pod: Pod | undefined,
    options: { readonly containers: readonly ObservedContainer[]; readonly graceSeconds: number },
  ) {
    this.#context = context;
    this.#pod = pod;
    this.#containers = options.containers;
    this.#graceSeconds = options.graceSeconds;
  }

  /** Stops all containers, main ones first, then sidecars in reverse order, as upstream has it. */
  async run(): Promise<void> {
    const sidecars = (this.#pod?.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
    const ends = new Map<string, Promise<void>>();
    const main = this.#containers.filter(({ name }) => !sidecars.includes(name));
    for (const container of main) ends.set(container.id, this.#stop(container, undefined));
    let before: Promise<unknown> = Promise.all(ends.values());
    const waits: Promise<unknown>[] = [before];
    for (const name of sidecars.toReversed()) {
      for (const container of this.#containers.filter((item) => item.name === name)) {
        const end = this.#stop(container, before);
        before = end;
        waits.push(end);
      }
    }
    await Promise.all(waits);
  }

  /** Leaves less time than was given first; more is never given. */
  hurry(graceSeconds: number): void {
    if (graceSeconds >= this.#graceSeconds) return;
    this.#graceSeconds = graceSeconds;
    this.#hurry.abort();
    for (const { id } of this.#containers) {
      if (!this.#stopped.has(id)) void sendStop(this.#context, id, Math.max(1, graceSeconds)).catch(() => undefined);
    }
  }

  async #stop(container: ObservedContainer, before: Promise<unknown> | undefined): Promise<void> {
    const began = this.#context.now();
    // A sidecar waits for those that need it, but no longer than the pod has.
    if (before !== undefined) await this.#turn(before);
    const left = this.#graceSeconds - Math.floor((this.#context.now() - began) / 1000);
    await stopContainer(this.#context, {
      pod: this.#pod,
      container,
      graceSeconds: left,
      message: `Stopping container ${container.name}`,
      hurry: this.#hurry.signal,
    });
    this.#stopped.add(container.id);
  }

  async #turn(before: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#hurry.signal]);
    await Promise.race([before, pause(this.#graceSeconds * 1000, signal)]);
    over.abort();
  }
}
