import type { Pod } from '../../api/core/pod.schema.ts';
import { NodeInfo } from '../node-info.ts';
import type { ClusterView } from '../plugin.ts';
import { priorityOf } from '../priority.ts';

/**
 * Pods for which room is being made on a node. Until they are placed, pods that are no more important see that room as
 * taken; otherwise they would slip into it.
 */
export class Nominations {
  readonly #nodes = new Map<string, { readonly pod: Pod; readonly node: string }>();

  /** The node where room is made for the pod, as far as this scheduler or its status says. */
  nodeOf(pod: Pod): string | undefined {
    const { nominatedNodeName = '' } = pod.status;
    return this.#nodes.get(pod.metadata.uid)?.node ?? (nominatedNodeName === '' ? undefined : nominatedNodeName);
  }

  set(pod: Pod, node: string): void {
    this.#nodes.set(pod.metadata.uid, { pod, node });
  }

  delete(uid: string): void {
    this.#nodes.delete(uid);
  }

  /** The cluster as it looks to `pod`. */
  viewFor(pod: Pod, cluster: ClusterView): ClusterView {
    const others = [...this.#nodes.values()].filter((nomination) => {
      return nomination.pod.metadata.uid !== pod.metadata.uid && priorityOf(nomination.pod) >= priorityOf(pod);
    });
    if (others.length === 0) return cluster;
    const nodes = cluster.nodes.map((info) => {
      const here = others.filter(({ node }) => node === info.name);
      return here.length === 0
        ? info
        : withPods(
            info,
            here.map((nomination) => nomination.pod),
          );
    });
    return { ...cluster, nodes };
  }
}

function withPods(info: NodeInfo, pods: readonly Pod[]): NodeInfo {
  const copy = new NodeInfo(info.name);
  copy.node = info.node;
  for (const pod of [...pods, ...info.pods]) copy.put(pod);
  return copy;
}
