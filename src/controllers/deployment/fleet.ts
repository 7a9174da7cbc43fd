import type { Deployment } from '../../api/apps/deployment.schema.ts';
import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import type { PlannedEvent } from '../planned-event.ts';
import { includesAll, sizeAnnotations } from './annotations.ts';
import { specReplicas } from './limits.ts';

/**
 * A Deployment's ReplicaSets while a plan is made: reads see the changes planned so far. The objects themselves are
 * never changed, only replaced.
 */
export class Fleet {
  readonly deployment: Deployment;
  /** The events of scalings, by the name of the ReplicaSet whose write they follow. */
  readonly events = new Map<string, PlannedEvent>();
  readonly deletions: ReplicaSet[] = [];
  #newest: string | undefined;
  #created: ReplicaSet | undefined;
  readonly #byName = new Map<string, ReplicaSet>();
  readonly #changed = new Set<string>();

  constructor(deployment: Deployment, replicaSets: readonly ReplicaSet[], newest: ReplicaSet | undefined) {
    this.deployment = deployment;
    this.#newest = newest?.metadata.name;
    for (const replicaSet of replicaSets) this.#byName.set(replicaSet.metadata.name, replicaSet);
  }

  get all(): readonly ReplicaSet[] {
    return [...this.#byName.values()];
  }

  /** The ReplicaSet of the current template, once there is one. */
  get newest(): ReplicaSet | undefined {
    return this.#newest === undefined ? undefined : this.#byName.get(this.#newest);
  }

  /** The ReplicaSets of earlier templates. */
  get old(): readonly ReplicaSet[] {
    return this.all.filter((replicaSet) => replicaSet.metadata.name !== this.#newest);
  }

  /** The ReplicaSet to be created. */
  get created(): ReplicaSet | undefined {
    return this.#created === undefined ? undefined : this.newest;
  }

  /** The ReplicaSets to be written. */
  get updated(): readonly ReplicaSet[] {
    return [...this.#changed].flatMap((name) => this.#byName.get(name) ?? []);
  }

  /** Adds the ReplicaSet of the current template. */
  create(replicaSet: ReplicaSet): void {
    this.#created = replicaSet;
    this.#newest = replicaSet.metadata.name;
    this.#byName.set(replicaSet.metadata.name, replicaSet);
    if (specReplicas(replicaSet) > 0) this.#scaled(replicaSet.metadata.name, 0, specReplicas(replicaSet));
  }

  /** Plans to write `next` in place of the ReplicaSet of its name. */
  replace(next: ReplicaSet): void {
    this.#byName.set(next.metadata.name, next);
    if (next.metadata.name !== this.#created?.metadata.name) this.#changed.add(next.metadata.name);
  }

  /** Plans to scale; returns true when that changes the size. */
  scale(name: string, replicas: number): boolean {
    const replicaSet = this.#byName.get(name);
    if (replicaSet === undefined) return false;
    const size = sizeAnnotations(this.deployment);
    const before = specReplicas(replicaSet);
    if (before === replicas && includesAll(replicaSet.metadata.annotations, size)) return false;
    this.replace({
      ...replicaSet,
      metadata: { ...replicaSet.metadata, annotations: { ...replicaSet.metadata.annotations, ...size } },
      spec: { ...replicaSet.spec, replicas },
    });
    if (before !== replicas) this.#scaled(name, before, replicas);
    return before !== replicas;
  }

  #scaled(name: string, from: number, to: number): void {
    const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`;
    this.events.set(name, { type: 'Normal', reason: 'ScalingReplicaSet', message });
  }
}
