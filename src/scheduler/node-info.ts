import type { Node } from '../api/core/node.schema.ts';
import type { Pod } from '../api/core/pod.schema.ts';
import type { Amounts } from './resources.ts';
import { addAmounts, amountsOf, podRequests, podScoringRequests } from './resources.ts';

/** A port that a pod takes on its node. */
export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

interface Placed {
  readonly pod: Pod;
  readonly requests: Amounts;
  readonly scoring: Amounts;
}

/** A node with the pods on it and what they ask for together, kept up to date pod by pod. */
export class NodeInfo {
  readonly name: string;
  #node: Node | undefined;
  #allocatable: Amounts = new Map();
  readonly #placed = new Map<string, Placed>();
  readonly #requested = new Map<string, number>();
  readonly #scoring = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  /** The node object; undefined while only pods that name it are known. */
  get node(): Node | undefined {
    return this.#node;
  }

  set node(node: Node | undefined) {
    this.#node = node;
    this.#allocatable = amountsOf(node?.status.allocatable);
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#node?.metadata.labels ?? {};
  }

  get allocatable(): Amounts {
    return this.#allocatable;
  }

  get requested(): Amounts {
    return this.#requested;
  }

  /** What the pods ask for, with guesses for those that do not say. */
  get scoringRequested(): Amounts {
    return this.#scoring;
  }

  get pods(): readonly Pod[] {
    return Array.from(this.#placed.values(), ({ pod }) => pod);
  }

  get podCount(): number {
    return this.#placed.size;
  }

  /** Adds a pod, or replaces the version of it that is there. */
  put(pod: Pod): void {
    this.remove(pod.metadata.uid);
    const placed = { pod, requests: podRequests(pod), scoring: podScoringRequests(pod) };
    this.#placed.set(pod.metadata.uid, placed);
    addAmounts(this.#requested, placed.requests);
    addAmounts(this.#scoring, placed.scoring);
  }

  remove(uid: string): void {
    const placed = this.#placed.get(uid);
    if (placed === undefined) return;
    this.#placed.delete(uid);
    addAmounts(this.#requested, placed.requests, -1);
    addAmounts(this.#scoring, placed.scoring, -1);
  }
}

/** The ports that the pod takes on its node; those of init containers that end are free by the time they matter. */
export function hostPorts(pod: Pod): readonly HostPort[] {
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...pod.spec.containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort = 0, hostIP = '', protocol = 'TCP' }) => {
      return hostPort === 0 ? [] : [{ ip: hostIP === '' ? '0.0.0.0' : hostIP, protocol, port: hostPort }];
    }),
  );
}
