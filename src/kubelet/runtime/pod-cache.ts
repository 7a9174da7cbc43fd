import type { RuntimeClient } from '../cri/connection.ts';
import { isNotFound } from '../cri/errors.ts';
import type { Container, PodSandbox } from '../cri/generated/cri_pb.ts';
import { ContainerState, PodSandboxState } from '../cri/generated/cri_pb.ts';
import { annotations, labels } from '../pods/names.ts';
import { newestFirst, observedContainer, observedSandbox } from './convert.ts';
import type { ObservedContainer, ObservedPod, ObservedSandbox } from './observed.ts';
import { nothingObserved } from './observed.ts';
import { readTerminationMessage } from './termination-message.ts';

interface Remembered<T> {
  /** What the list must still say for the rest to hold. */
  readonly state: number;
  readonly value: T;
}

/**
 * The runtime's sandboxes and containers, by pod. Lists are cheap and tell whether a status must be asked for again: only
 * what changed its state costs a call of its own.
 */
export class PodCache {
  readonly #runtime: RuntimeClient;
  readonly #pods = new Map<string, ObservedPod>();
  readonly #sandboxes = new Map<string, Remembered<ObservedSandbox>>();
  readonly #containers = new Map<string, Remembered<ObservedContainer>>();
  /** Which pod a sandbox or container belongs to. */
  readonly #owners = new Map<string, string>();
  /** The last look at each pod that is under way. */
  readonly #looks = new Map<string, Promise<ObservedPod>>();

  constructor(runtime: RuntimeClient) {
    this.#runtime = runtime;
  }

  get(uid: string): ObservedPod | undefined {
    return this.#pods.get(uid);
  }

  pods(): readonly ObservedPod[] {
    return [...this.#pods.values()];
  }

  /** The pod of a sandbox's or container's id, where it has been seen. */
  ownerOf(id: string): string | undefined {
    return this.#owners.get(id);
  }

  /** Whether the last look at a sandbox or container found it alive. */
  isAlive(id: string): boolean {
    return this.#containers.get(id)?.value.state === 'running' || this.#sandboxes.get(id)?.value.ready === true;
  }

  /** Says whose a container is that was just made, so that its end is noticed however soon it comes. */
  adopt(id: string, uid: string): void {
    this.#owners.set(id, uid);
  }

  /** Looks at one pod again; a pod that is nowhere gives an empty one. Looks at one pod follow one another: none overwrites a later one. */
  refresh(uid: string): Promise<ObservedPod> {
    const before = this.#looks.get(uid);
    const look =
      before === undefined
        ? this.#look(uid)
        : before.then(
            () => this.#look(uid),
            () => this.#look(uid),
          );
    this.#looks.set(uid, look);
    const done = (): void => {
      if (this.#looks.get(uid) === look) this.#looks.delete(uid);
    };
    look.then(done, done);
    return look;
  }

  async #look(uid: string): Promise<ObservedPod> {
    const labelSelector = { [labels.podUid]: uid };
    const [sandboxes, containers] = await Promise.all([
      this.#runtime.listPodSandbox({ filter: { labelSelector } }),
      this.#runtime.listContainers({ filter: { labelSelector } }),
    ]);
    const before = this.#pods.get(uid);
    const pod = await this.#observe(uid, sandboxes.items, containers.containers);
    const gone = (ids: readonly { readonly id: string }[] = [], now: readonly { readonly id: string }[]): void => {
      for (const { id } of ids) if (!now.some((item) => item.id === id)) this.#forget(id);
    };
    gone(before?.sandboxes, pod?.sandboxes ?? []);
    gone(before?.containers, pod?.containers ?? []);
    if (pod === undefined) this.#pods.delete(uid);
    else this.#pods.set(uid, pod);
    return pod ?? nothingObserved(uid, before?.namespace ?? '', before?.name ?? '');
  }

  /** Looks at everything; the uids of pods that are not as they were. */
  async relist(): Promise<readonly string[]> {
    const [sandboxes, containers] = await Promise.all([
      this.#runtime.listPodSandbox({}),
      this.#runtime.listContainers({}),
    ]);
    const bySandbox = Map.groupBy(sandboxes.items, (item) => item.labels[labels.podUid] ?? '');
    const byContainer = Map.groupBy(containers.containers, (item) => item.labels[labels.podUid] ?? '');
    const uids = new Set([...bySandbox.keys(), ...byContainer.keys(), ...this.#pods.keys()]);
    uids.delete('');
    const changed = [...uids].filter((uid) => this.#differs(uid, bySandbox.get(uid) ?? [], byContainer.get(uid) ?? []));
    await Promise.all(changed.map((uid) => this.refresh(uid)));
    return changed;
  }

  #differs(uid: string, sandboxes: readonly PodSandbox[], containers: readonly Container[]): boolean {
    const known = this.#pods.get(uid);
    if (known === undefined) return true;
    return (
      known.sandboxes.length !== sandboxes.length ||
      known.containers.length !== containers.length ||
      sandboxes.some(({ id, state }) => this.#sandboxes.get(id)?.state !== state) ||
      containers.some(({ id, state }) => this.#containers.get(id)?.state !== state)
    );
  }

  async #observe(
    uid: string,
    sandboxes: readonly PodSandbox[],
    containers: readonly Container[],
  ): Promise<ObservedPod | undefined> {
    const from = sandboxes[0] ?? containers[0];
    if (from === undefined) return undefined;
    const [boxes, runs] = await Promise.all([
      Promise.all(sandboxes.map((item) => this.#sandbox(item))),
      Promise.all(containers.map((item) => this.#container(item))),
    ]);
    for (const { id } of [...sandboxes, ...containers]) this.#owners.set(id, uid);
    return {
      uid,
      name: from.labels[labels.podName] ?? '',
      namespace: from.labels[labels.podNamespace] ?? '',
      sandboxes: newestFirst(boxes),
      containers: newestFirst(runs.filter((run) => run !== undefined)),
    };
  }

  async #sandbox(listed: PodSandbox): Promise<ObservedSandbox> {
    const known = this.#sandboxes.get(listed.id);
    if (known !== undefined && known.state === listed.state) return known.value;
    // A sandbox that has ended has nothing more to tell than the list does.
    const ready = listed.state === PodSandboxState.SANDBOX_READY;
    const status = await orGone(this.#runtime.podSandboxStatus({ podSandboxId: listed.id }));
    const value = observedSandbox(listed, status?.status);
    if (!ready || value.ready) this.#sandboxes.set(listed.id, { state: listed.state, value });
    return value;
  }

  async #container(listed: Container): Promise<ObservedContainer | undefined> {
    const known = this.#containers.get(listed.id);
    if (known !== undefined && known.state === listed.state) return known.value;
    const { status } = (await orGone(this.#runtime.containerStatus({ containerId: listed.id }))) ?? {};
    if (status === undefined) return undefined;
    const ended = status.state === ContainerState.CONTAINER_EXITED;
    const message = ended
      ? await readTerminationMessage({
          file: listed.annotations[annotations.terminationLog],
          fallbackToLogs: listed.annotations[annotations.terminationMessagePolicy] === 'FallbackToLogsOnError',
          logPath: status.logPath,
          exitCode: status.exitCode,
        })
      : '';
    const value = observedContainer(listed, status, message === '' ? status.message : message);
    this.#containers.set(listed.id, { state: status.state, value });
    return value;
  }

  #forget(id: string): void {
    this.#sandboxes.delete(id);
    this.#containers.delete(id);
    this.#owners.delete(id);
  }
}

/** Undefined for what was removed between the list and this look. */
async function orGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
