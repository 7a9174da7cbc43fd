import type { Node } from '../../api/core/node.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { nodes, pods } from '../../api/resources.ts';
import type { Informer } from '../../client/informer.ts';
import { keyOf } from '../../client/informer.ts';
import type { ReconcileResult, WorkQueue } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import { semanticEqual } from '../canonical.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { disruptPod } from '../pod-disruption.ts';
import { nodeIndex } from '../pod-state.ts';
import { evictionTime } from './reconcile.ts';

const component = 'taint-eviction-controller';

interface Parts {
  readonly context: ControllerContext;
  readonly nodes: Informer<Node>;
  readonly pods: Informer<Pod>;
  /** The uids of pods whose time is running out. */
  readonly condemned: Set<string>;
}

/** Takes pods off nodes whose `NoExecute` taints they do not tolerate; runs until the context's signal is aborted. */
export async function startTaintEvictionController(context: ControllerContext): Promise<void> {
  const { informers } = context;
  const queue = createWorkQueue();
  const parts: Parts = {
    context,
    nodes: informers.of(nodes),
    pods: informers.indexed(pods, 'node', nodeIndex),
    condemned: new Set(),
  };
  listen(queue, parts);
  await runController(context, {
    name: component,
    queue,
    needs: [parts.nodes, parts.pods],
    reconcile: (key) => sync(parts, key),
  });
}

function listen(queue: WorkQueue, parts: Parts): void {
  const everyPod = ({ metadata }: Node): void => {
    for (const pod of parts.pods.byIndex('node', metadata.name)) queue.add(keyOf(pod));
  };
  const executing = ({ spec }: Node) => (spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  parts.nodes.addHandlers({
    add: everyPod,
    update: (node, old) => (semanticEqual(executing(node), executing(old)) ? undefined : everyPod(node)),
  });
  const isTainted = (name: string | undefined): boolean => {
    const node = name === undefined ? undefined : parts.nodes.get(name);
    return node !== undefined && executing(node).length > 0;
  };
  const changed = (pod: Pod): void => {
    if (isTainted(pod.spec.nodeName)) queue.add(keyOf(pod));
  };
  parts.pods.addHandlers({
    add: changed,
    update: (pod, old) => {
      const same = pod.spec.nodeName === old.spec.nodeName && semanticEqual(pod.spec.tolerations, old.spec.tolerations);
      if (!same) changed(pod);
    },
    delete: ({ metadata }) => parts.condemned.delete(metadata.uid),
  });
}

async function sync({ context, nodes, pods, condemned }: Parts, key: string): Promise<ReconcileResult> {
  const pod = pods.get(key);
  if (pod === undefined) return {};
  const { uid } = pod.metadata;
  const time = evictionTime(pod, nodes.get(pod.spec.nodeName ?? ''));
  if (time === undefined) {
    if (condemned.delete(uid)) {
      const message = `Cancelling deletion of Pod ${key}`;
      context.record(component, pod, { type: 'Normal', reason: 'TaintManagerEviction', message });
    }
    return {};
  }
  const now = context.now();
  if (time > now) {
    condemned.add(uid);
    return { requeueAfter: time - now };
  }
  condemned.delete(uid);
  const message = `Marking for deletion Pod ${key}`;
  context.record(component, pod, { type: 'Normal', reason: 'TaintManagerEviction', message });
  const why = 'Taint manager: deleting due to NoExecute taint';
  await disruptPod(context.client, pod, { reason: 'DeletionByTaintManager', message: why, now });
  return {};
}
