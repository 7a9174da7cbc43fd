import type { PersistentVolumeClaim } from '../../../api/core/persistent-volume-claim.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';
import type { Store, Watch } from '../../../store/store.ts';
import { follow } from '../follow.ts';
import type { PodReferences } from './pod-references.ts';
import { podReferences } from './pod-references.ts';

interface PodEntry {
  readonly namespace: string;
  readonly name: string;
  readonly references: PodReferences;
}

/** Which objects belong to the pods of which node, always as the store has it. */
export class NodeIndex {
  readonly #byNode = new Map<string, Map<string, PodEntry>>();
  readonly #nodeOf = new Map<string, string>();
  /** Claim key to the volume that it is bound to. */
  readonly #volumeOf = new Map<string, string>();

  putPod(key: string, pod: Pod): void {
    const nodeName = pod.spec.nodeName ?? '';
    if (this.#nodeOf.get(key) !== nodeName) this.removePod(key);
    if (nodeName === '') return;
    const pods = this.#byNode.get(nodeName) ?? new Map<string, PodEntry>();
    const { namespace, name } = pod.metadata;
    pods.set(key, { namespace, name, references: podReferences(pod) });
    this.#byNode.set(nodeName, pods);
    this.#nodeOf.set(key, nodeName);
  }

  removePod(key: string): void {
    const nodeName = this.#nodeOf.get(key);
    if (nodeName === undefined) return;
    this.#nodeOf.delete(key);
    const pods = this.#byNode.get(nodeName);
    pods?.delete(key);
    if (pods?.size === 0) this.#byNode.delete(nodeName);
  }

  putClaim(key: string, claim: PersistentVolumeClaim): void {
    const volume = claim.spec.volumeName ?? '';
    if (volume === '') this.#volumeOf.delete(key);
    else this.#volumeOf.set(key, volume);
  }

  removeClaim(key: string): void {
    this.#volumeOf.delete(key);
  }

  /** Starts following the store's pods and claims. */
  async follow(store: Store): Promise<Watch> {
    const pods = await follow(store, '/pods/', {
      put: (key, object) => this.putPod(key, object as Pod),
      remove: (key) => this.removePod(key),
    });
    const claims = await follow(store, '/persistentvolumeclaims/', {
      put: (key, object) => this.putClaim(key, object as PersistentVolumeClaim),
      remove: (key) => this.removeClaim(key),
    });
    return {
      stop() {
        pods.stop();
        claims.stop();
      },
    };
  }

  /** Whether a pod of the node fits: by its namespace and what it refers to. */
  somePod(nodeName: string, namespace: string, fits: (references: PodReferences) => boolean): boolean {
    const pods = this.#byNode.get(nodeName)?.values() ?? [];
    return Iterator.from(pods).some((pod) => pod.namespace === namespace && fits(pod.references));
  }

  /** Whether the pod stands on the node. */
  hasPod(nodeName: string, namespace: string, name: string): boolean {
    return this.#nodeOf.get(`/pods/${namespace}/${name}`) === nodeName;
  }

  /** Whether a claim of one of the node's pods is bound to the volume. */
  usesVolume(nodeName: string, volume: string): boolean {
    const pods = this.#byNode.get(nodeName)?.values() ?? [];
    return Iterator.from(pods).some(({ namespace, references }) =>
      references.claims
        .values()
        .some((claim) => this.#volumeOf.get(`/persistentvolumeclaims/${namespace}/${claim}`) === volume),
    );
  }
}
