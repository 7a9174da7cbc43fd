import type { Deployment } from '../../api/apps/deployment.schema.ts';
import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import { specReplicas } from '../deployment/limits.ts';
import type { DeploymentPlan } from '../deployment/reconcile.ts';
import { reconcile } from '../deployment/reconcile.ts';

/**
 * A Deployment's world for tests: what plans write is there at once, pods come and go as ReplicaSets ask, and become
 * available when `settle` says so.
 */
export class Simulation {
  deployment: Deployment;
  replicaSets: readonly ReplicaSet[] = [];
  readonly events: string[] = [];
  now = Date.parse('2026-01-01T00:00:00Z');
  /** Pods that are being stopped, by ReplicaSet; only Recreate waits for them. */
  readonly stopping = new Map<string, number>();

  constructor(deployment: Deployment) {
    this.deployment = deployment;
  }

  /** Makes one plan and writes it. */
  step(): DeploymentPlan {
    const plan = reconcile({
      deployment: this.deployment,
      replicaSets: this.replicaSets,
      runningPods: ({ metadata, status }) => (status.replicas ?? 0) + (this.stopping.get(metadata.name) ?? 0),
      now: this.now,
    });
    const gone = new Set(plan.deletions.map(({ metadata }) => metadata.name));
    const written = new Map(plan.updates.map((replicaSet) => [replicaSet.metadata.name, replicaSet]));
    const kept = this.replicaSets.filter(({ metadata }) => !gone.has(metadata.name));
    const created = plan.create === undefined ? [] : [{ ...plan.create, metadata: this.#saved(plan.create) }];
    this.replicaSets = [...kept.map((old) => written.get(old.metadata.name) ?? old), ...created];
    this.events.push(...[...plan.events.values()].map(({ message }) => message));
    const annotations =
      plan.revision === undefined
        ? this.deployment.metadata.annotations
        : { ...this.deployment.metadata.annotations, 'deployment.kubernetes.io/revision': plan.revision };
    this.deployment = {
      ...this.deployment,
      metadata: { ...this.deployment.metadata, annotations },
      status: plan.status,
    };
    return plan;
  }

  /** Lets the ReplicaSets have the pods that they ask for, of which those that `available` allows are available. */
  settle(available: (replicaSet: ReplicaSet) => number = specReplicas): void {
    this.replicaSets = this.replicaSets.map((replicaSet) => {
      const replicas = specReplicas(replicaSet);
      const availableReplicas = Math.min(replicas, available(replicaSet));
      const status = { replicas, availableReplicas, readyReplicas: availableReplicas, observedGeneration: 1 };
      return { ...replicaSet, metadata: { ...replicaSet.metadata, generation: 1 }, status };
    });
  }

  /** Steps and settles until nothing changes any more, and says each size of old and new ReplicaSets on the way. */
  run(limit = 100): readonly string[] {
    const sizes: string[] = [];
    for (let count = 0; count < limit; count++) {
      const before = JSON.stringify([this.replicaSets, this.deployment.status]);
      this.step();
      this.settle();
      const size = this.sizes();
      if (sizes.at(-1) !== size) sizes.push(size);
      if (JSON.stringify([this.replicaSets, this.deployment.status]) === before) return sizes;
      this.now += 1000;
    }
    throw new Error(`no end after ${limit} steps: ${sizes.join(' ')}`);
  }

  /** How many pods each ReplicaSet asks for, the oldest first, e.g. `2+1`. */
  sizes(): string {
    return this.replicaSets.map(specReplicas).join('+');
  }

  /** Changes the Deployment's spec, as a user does. */
  change(spec: Partial<Deployment['spec']>): void {
    const generation = (this.deployment.metadata.generation ?? 1) + 1;
    const metadata = { ...this.deployment.metadata, generation };
    this.deployment = { ...this.deployment, metadata, spec: { ...this.deployment.spec, ...spec } };
  }

  /** Changes the pods' image. */
  image(image: string): void {
    const { template } = this.deployment.spec;
    const containers = template.spec.containers.map((container) => ({ ...container, image }));
    this.change({ template: { ...template, spec: { ...template.spec, containers } } });
  }

  #saved(replicaSet: ReplicaSet): ReplicaSet['metadata'] {
    return { ...replicaSet.metadata, uid: `uid-${replicaSet.metadata.name}`, resourceVersion: '1', generation: 1 };
  }
}
