import type { Node } from '../../api/core/node.schema.ts';
import { nodes } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { Informer } from '../../client/informer.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { reconcile } from './reconcile.ts';

const component = 'cidrAllocator';

export interface NodeIpamOptions {
  readonly podRange: string;
  readonly podCidrOf: ((node: Node) => string | undefined) | undefined;
}

/** Gives every node its share of the pods' addresses; runs until the context's signal is aborted. */
export async function startNodeIpamController(context: ControllerContext, options: NodeIpamOptions): Promise<void> {
  const { client, informers } = context;
  const queue = createWorkQueue();
  const cache = informers.of(nodes);
  /** What has been assigned and not been seen yet. */
  const assigned = new Map<string, string>();
  const changed = (node: Node): void => {
    const { name } = node.metadata;
    if (hasRange(node)) assigned.delete(name);
    else queue.add(name);
  };
  cache.addHandlers({
    add: changed,
    update: changed,
    delete({ metadata }) {
      assigned.delete(metadata.name);
      // Its range is free for a node that found none.
      for (const node of cache.list()) changed(node);
    },
  });
  await runController(context, {
    name: 'node-ipam-controller',
    queue,
    needs: [cache],
    // One at a time: two nodes must not find the same range free.
    workers: 1,
    async reconcile(key) {
      const node = cache.get(key);
      if (node === undefined || assigned.has(key) || hasRange(node)) return;
      const { podRange, podCidrOf } = options;
      const taken = [...rangesOf(cache, key), ...assigned.values()];
      const plan = reconcile({ node, taken, podRange, wished: podCidrOf?.(node) });
      if (plan.type === 'unavailable') {
        const message = `Node ${key} status is now: CIDRNotAvailable`;
        context.record(component, node, { type: 'Normal', reason: 'CIDRNotAvailable', message });
      }
      if (plan.type !== 'assign') return;
      const { podCIDR } = plan;
      try {
        const { uid } = node.metadata;
        await client.patch(nodes, { name: key }, 'merge', {
          metadata: { uid },
          spec: { podCIDR, podCIDRs: [podCIDR] },
        });
        if (cache.get(key) !== undefined) assigned.set(key, podCIDR);
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
    },
  });
}

function hasRange({ spec }: Node): boolean {
  return (spec.podCIDR ?? '') !== '';
}

function rangesOf(cache: Informer<Node>, except: string): readonly string[] {
  return cache
    .list()
    .filter(({ metadata }) => metadata.name !== except)
    .flatMap(({ spec }) => spec.podCIDRs ?? (spec.podCIDR === undefined ? [] : [spec.podCIDR]));
}
