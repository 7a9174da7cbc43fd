import type { Lease } from '../../api/coordination/lease.schema.ts';
import type { Node } from '../../api/core/node.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { leases, nodes, pods } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { Informer } from '../../client/informer.ts';
import type { ReconcileResult, WorkQueue } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import { withCondition } from '../condition.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { nodeIndex, podCondition } from '../pod-state.ts';
import { readyCondition } from './health.ts';
import { Heartbeats } from './heartbeats.ts';
import type { NodePlan } from './reconcile.ts';
import { reconcile } from './reconcile.ts';
import { evictionIntervalOf, zoneHealth, zoneOf } from './zones.ts';

const component = 'node-controller';
const leaseNamespace = 'kube-node-lease';

interface Parts {
  readonly context: ControllerContext;
  readonly nodes: Informer<Node>;
  readonly leases: Informer<Lease>;
  readonly pods: Informer<Pod>;
  readonly heartbeats: Heartbeats;
  /** When a node of each zone last began to lose its pods. */
  readonly evictions: Map<string, number>;
}

/** Notices nodes that are lost, and keeps pods away from them; runs until the context's signal is aborted. */
export async function startNodeLifecycleController(context: ControllerContext): Promise<void> {
  const { informers } = context;
  const queue = createWorkQueue();
  const parts: Parts = {
    context,
    nodes: informers.of(nodes),
    leases: informers.of(leases, { namespace: leaseNamespace }),
    pods: informers.indexed(pods, 'node', nodeIndex),
    heartbeats: new Heartbeats(),
    evictions: new Map(),
  };
  listen(queue, parts);
  await runController(context, {
    name: 'node-lifecycle-controller',
    queue,
    needs: [parts.nodes, parts.leases, parts.pods],
    reconcile: (key) => sync(parts, key),
  });
}

function listen(queue: WorkQueue, parts: Parts): void {
  const { context, heartbeats } = parts;
  const tell = (node: Node, reason: string, what: string): void => {
    const message = `Node ${node.metadata.name} event: ${what} Node ${node.metadata.name} ${reason === 'RegisteredNode' ? 'in' : 'from'} Controller`;
    context.record(component, node, { type: 'Normal', reason, message });
  };
  const everyNode = (): void => {
    for (const { metadata } of parts.nodes.list()) queue.add(metadata.name);
  };
  parts.nodes.addHandlers({
    add(node) {
      tell(node, 'RegisteredNode', 'Registered');
      queue.add(node.metadata.name);
    },
    update(node, old) {
      // Whether pods may be driven off one node depends on how many others are ready.
      if (readyCondition(node)?.status === readyCondition(old)?.status) queue.add(node.metadata.name);
      else everyNode();
    },
    delete(node) {
      tell(node, 'RemovingNode', 'Removing');
      heartbeats.forget(node.metadata.name);
      everyNode();
    },
  });
  // A heartbeat of a node that is well changes nothing: it is only remembered.
  const renewed = ({ metadata }: Lease): void => {
    const node = parts.nodes.get(metadata.name);
    if (node !== undefined) heartbeats.see(node, parts.leases.get(`${leaseNamespace}/${metadata.name}`));
  };
  parts.leases.addHandlers({ add: renewed, update: renewed });
}

async function sync(parts: Parts, key: string): Promise<ReconcileResult> {
  const { context, heartbeats, evictions } = parts;
  const node = parts.nodes.get(key);
  if (node === undefined) return {};
  heartbeats.see(node, parts.leases.get(`${leaseNamespace}/${key}`));
  const now = context.now();
  const zone = zoneOf(node);
  const interval = evictionIntervalOf(zone, zoneHealth(parts.nodes.list()));
  const since = now - (evictions.get(zone) ?? -Infinity);
  const plan = reconcile({
    node,
    silenceMs: heartbeats.silence(key),
    pods: parts.pods.byIndex('node', key),
    evictionInMs: interval === undefined ? undefined : Math.max(0, interval - since),
    now,
  });
  try {
    await apply(parts, node, plan);
  } catch (error) {
    if (isStatus(error, 'NotFound')) return {};
    throw error;
  }
  if (plan.beginsEviction) evictions.set(zone, now);
  return plan.requeueAfterMs === undefined ? {} : { requeueAfter: plan.requeueAfterMs };
}

async function apply({ context }: Parts, node: Node, plan: NodePlan): Promise<void> {
  const { client } = context;
  let current = node;
  if (plan.conditions !== undefined) {
    // With the version that was looked at: a kubelet that comes back this very moment must win.
    const status = { ...node.status, conditions: plan.conditions };
    current = await client.updateStatus(nodes, { ...node, status });
  }
  if (plan.lost) {
    const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
    context.record(component, node, { type: 'Normal', reason: 'NodeNotReady', message });
  }
  if (plan.taints !== undefined) {
    const { name, resourceVersion } = current.metadata;
    await client.patch(nodes, { name }, 'merge', { metadata: { resourceVersion }, spec: { taints: plan.taints } });
  }
  await Promise.all(plan.unready.map((pod) => markUnready(context, pod)));
}

async function markUnready({ client, now, record }: ControllerContext, pod: Pod): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const { reason = '', message = '' } = podCondition(pod, 'Ready') ?? {};
  const conditions = withCondition(pod.status.conditions, { type: 'Ready', status: 'False', reason, message }, now());
  const ready = conditions.filter(({ type }) => type === 'Ready');
  const body = { metadata: { uid }, status: { conditions: ready } };
  try {
    await client.patch(pods, { name, namespace }, 'strategic', body, { subresource: 'status' });
  } catch (error) {
    if (isStatus(error, 'NotFound', 'Conflict')) return;
    throw error;
  }
  record(component, pod, { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' });
}
