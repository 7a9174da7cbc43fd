import type { ContainerImage, Node, NodeStatus } from '../../api/core/node.schema.ts';
import { nodes } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { pause } from '../../client/back-off.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import type { Logger } from '../../system/logger.ts';
import type { RuntimeConnection } from '../cri/connection.ts';
import { machineRoom } from './machine.ts';
import type { NodeFacts, RuntimeHealth } from './node-object.ts';
import { newNode, nodeLabels, nodeStatus, sameNodeStatus } from './node-object.ts';
import { nodeImages, runtimeHealth } from './runtime-health.ts';

export interface NodeReporterOptions {
  readonly client: ApiClient;
  readonly connection: RuntimeConnection;
  readonly facts: NodeFacts;
  /** A folder on the disk that pods use. */
  readonly directory: string;
  /** Sees the node among others: somebody may change or delete it. */
  readonly informer: Informer<Node>;
  readonly events: EventRecorder;
  readonly logger: Logger;
  readonly now: () => number;
  /** Called each time the node becomes ready. */
  readonly onReady: () => void;
}

/** While the node is not ready it is looked at this often, at first; the time doubles up to a second. */
const firstLookMs = 20;
const notReadyLookMs = 1000;
const readyLookMs = 10_000;
/** What has not changed is written this often all the same. */
const heartbeatMs = 5 * 60_000;

/** Registers the node and keeps its status true. */
export class NodeReporter {
  readonly #options: NodeReporterOptions;
  #node: Node | undefined;
  #health: RuntimeHealth | undefined;
  #writtenAt = -Infinity;
  #announced = false;
  #wake = new AbortController();

  constructor(options: NodeReporterOptions) {
    this.#options = options;
    const { facts, informer } = options;
    const isOurs = (node: Node): boolean => node.metadata.name === facts.name;
    informer.addHandlers({
      update: (node) => {
        // A control plane that missed our leases has written us off; that is not to stand until the next heartbeat.
        if (isOurs(node) && this.isReady && readiness(node) !== 'True') this.lookNow();
      },
      delete: (node) => {
        if (!isOurs(node)) return;
        this.#node = undefined;
        this.lookNow();
      },
    });
  }

  /** The node as the API last gave it. */
  get node(): Node | undefined {
    return this.#node;
  }

  get isReady(): boolean {
    return this.#health !== undefined && this.#health.complaint === undefined;
  }

  /** Something that the status tells has changed, e.g. the images. */
  lookNow(): void {
    this.#wake.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    let delay = firstLookMs;
    this.#tell('Starting', 'Starting kubelet.');
    while (!signal.aborted) {
      this.#wake = new AbortController();
      let written = false;
      try {
        await this.#look();
        written = true;
      } catch (err) {
        if (!signal.aborted) this.#options.logger.warn({ err }, 'cannot write the status of the node');
      }
      if (written) this.#announce();
      const settled = this.isReady && written;
      const wait = settled ? readyLookMs : delay;
      delay = settled ? firstLookMs : Math.min(delay * 2, notReadyLookMs);
      await pause(wait, AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  #announce(): void {
    const { facts, onReady } = this.#options;
    if (this.isReady === this.#announced) return;
    this.#announced = this.isReady;
    const reason = this.isReady ? 'NodeReady' : 'NodeNotReady';
    this.#tell(reason, `Node ${facts.name} status is now: ${reason}`);
    if (this.isReady) onReady();
  }

  #tell(reason: string, message: string): void {
    const { name } = this.#options.facts;
    // Upstream's kubelets refer to their node by its name alone, and clients look for events by that.
    this.#options.events.event({ kind: 'Node', name, uid: name }, 'Normal', reason, message);
  }

  async #look(): Promise<void> {
    const { client, connection, facts, directory, now } = this.#options;
    const [room, health] = await Promise.all([machineRoom(directory), runtimeHealth(connection.runtime, this.#health)]);
    const images = await this.#images(health);
    const status = (before: NodeStatus): NodeStatus =>
      nodeStatus({ facts, runtime: health, room, images, before: before.conditions ?? [], now: now() });
    this.#health = health;
    const seen = this.#options.informer.get(facts.name);
    if (seen !== undefined && isNewer(seen, this.#node)) this.#node = seen;
    const node = (this.#node ??= await this.#register(status({})));
    // Servers may leave out a status that was never written.
    const before = (node.status as NodeStatus | undefined) ?? {};
    const wanted = status(before);
    const current = pick(before, wanted);
    if (sameNodeStatus(current, wanted) && now() - this.#writtenAt < heartbeatMs) return;
    try {
      this.#node = await client.patch(
        nodes,
        { name: facts.name },
        'strategic',
        { status: statusPatch(before, wanted) },
        { subresource: 'status' },
      );
      this.#writtenAt = now();
    } catch (error) {
      // Somebody deleted the node: it is registered anew at the next look.
      if (isStatus(error, 'NotFound')) this.#node = undefined;
      throw error;
    }
  }

  async #images(health: RuntimeHealth): Promise<readonly ContainerImage[]> {
    if (health.complaint?.startsWith('container runtime is down') === true) return this.#node?.status.images ?? [];
    return nodeImages(this.#options.connection.images);
  }

  async #register(status: NodeStatus): Promise<Node> {
    const { client, facts, logger } = this.#options;
    try {
      const created = await client.create(nodes, newNode(facts, status));
      logger.info({ node: facts.name }, 'registered the node');
      return created;
    } catch (error) {
      if (!isStatus(error, 'AlreadyExists')) throw error;
    }
    const node = await client.get(nodes, { name: facts.name });
    const labels = nodeLabels(facts);
    if (Object.entries(labels).every(([key, value]) => node.metadata.labels?.[key] === value)) return node;
    return client.patch(nodes, { name: facts.name }, 'strategic', { metadata: { labels } });
  }
}

function readiness(node: Node): string | undefined {
  return (node.status.conditions ?? []).find(({ type }) => type === 'Ready')?.status;
}

function isNewer(node: Node, than: Node | undefined): boolean {
  return than === undefined || Number(node.metadata.resourceVersion) > Number(than.metadata.resourceVersion);
}

/** The part of a status that the kubelet writes, for comparison. */
function pick(status: NodeStatus, like: NodeStatus): NodeStatus {
  const own = Object.fromEntries(Object.keys(like).map((key) => [key, status[key as keyof NodeStatus]])) as NodeStatus;
  const types = (like.conditions ?? []).map(({ type }) => type);
  const conditions = types.flatMap((type) => (status.conditions ?? []).filter((condition) => condition.type === type));
  return { ...own, conditions };
}

/** The patch that makes `after` of the kubelet's part of `before`; addresses that are gone are taken out. */
function statusPatch(before: NodeStatus, after: NodeStatus): Record<string, unknown> {
  const gone = (before.addresses ?? []).filter(
    ({ type }) => !(after.addresses ?? []).some((item) => item.type === type),
  );
  const deletions = gone.map(({ type }) => ({ type, $patch: 'delete' }));
  return { ...after, addresses: [...(after.addresses ?? []), ...deletions] };
}
