import type { Node } from '../api/core/node.schema.ts';
import type { Pod } from '../api/core/pod.schema.ts';
import { NodeInfo } from './node-info.ts';

/**
 * The nodes with the pods on them. A pod just placed is assumed to be on its node before the server has said so, so
 * that the next pod sees its share taken.
 */
export class SchedulerCache {
  readonly #nodes = new Map<string, NodeInfo>();
  /** The node on which each pod stands, by the pod's uid. */
  readonly #places = new Map<string, string>();
  readonly #assumed = new Set<string>();
  #list: readonly NodeInfo[] | undefined;

  /** The nodes that exist, by name. */
  get nodes(): readonly NodeInfo[] {
    this.#list ??= [...this.#nodes.values()]
      .filter(({ node }) => node !== undefined)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return this.#list;
  }

  node(name: string): NodeInfo | undefined {
    return this.#nodes.get(name);
  }

  putNode(node: Node): void {
    this.#info(node.metadata.name).node = node;
    this.#list = undefined;
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name);
    if (info === undefined) return;
    info.node = undefined;
    if (info.podCount === 0) this.#nodes.delete(name);
    this.#list = undefined;
  }

  /** Takes over what the server says of a pod with a node. */
  putPod(pod: Pod): void {
    this.#assumed.delete(pod.metadata.uid);
    this.#place(pod, pod.spec.nodeName ?? '');
  }

  /** Counts the pod on the node until the server says where it is. */
  assume(pod: Pod, node: string): void {
    this.#assumed.add(pod.metadata.uid);
    this.#place({ ...pod, spec: { ...pod.spec, nodeName: node } }, node);
  }

  /** Takes back an assumption; what the server has said stays. */
  forget(uid: string): void {
    if (this.#assumed.delete(uid)) this.removePod(uid);
  }

  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid);
  }

  removePod(uid: string): void {
    this.#assumed.delete(uid);
    const place = this.#places.get(uid);
    if (place === undefined) return;
    this.#places.delete(uid);
    const info = this.#nodes.get(place);
    info?.remove(uid);
    if (info?.node === undefined && info?.podCount === 0) this.#nodes.delete(place);
  }

  #place(pod: Pod, node: string): void {
    const { uid } = pod.metadata;
    if (this.#places.get(uid) !== node) this.#leave(uid);
    this.#places.set(uid, node);
    this.#info(node).put(pod);
  }

  #leave(uid: string): void {
    const place = this.#places.get(uid);
    if (place !== undefined) this.#nodes.get(place)?.remove(uid);
  }

  #info(name: string): NodeInfo {
    let info = this.#nodes.get(name);
    if (info === undefined) {
      info = new NodeInfo(name);
      this.#nodes.set(name, info);
    }
    return info;
  }
}
