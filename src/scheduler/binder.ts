import type { PersistentVolumeClaim } from '../api/core/persistent-volume-claim.schema.ts';
import type { Pod } from '../api/core/pod.schema.ts';
import { persistentVolumeClaims, pods } from '../api/resources.ts';
import { isStatus } from '../api/status-error.ts';
import type { ApiClient } from '../client/api-client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { Logger } from '../system/logger.ts';
import type { SchedulerCache } from './cache.ts';
import type { SchedulerInformers } from './informers.ts';
import { isBound, isReachable, noProvisioner, waitingClaims } from './plugins/volume-binding.ts';
import type { SchedulingQueue } from './queue.ts';
import { reportFailure } from './report.ts';
import { mayServe } from './volume-match.ts';

const selectedNodeAnnotation = 'volume.kubernetes.io/selected-node';
/** Upstream's limit for volumes to become bound once a node is chosen. */
const volumeTimeoutMs = 600_000;

interface BinderOptions {
  readonly client: ApiClient;
  readonly cache: SchedulerCache;
  readonly queue: SchedulingQueue;
  readonly recorder: EventRecorder;
  readonly logger: Logger;
  readonly informers: SchedulerInformers;
  readonly signal: AbortSignal;
}

/** Writes placements, first those of the volumes that wait for one, then the pod's. */
export class Binder {
  readonly #options: BinderOptions;
  readonly #waiters = new Set<() => void>();

  constructor(options: BinderOptions) {
    this.#options = options;
    const wake = (): void => {
      for (const waiter of this.#waiters) waiter();
    };
    options.informers.claims.addHandlers({ update: wake, delete: wake });
    options.informers.volumes.addHandlers({ update: wake, delete: wake });
  }

  /** Binds an assumed pod to its node; takes the assumption back where that fails. Never throws. */
  async bind(pod: Pod, node: string): Promise<void> {
    const { client, queue, recorder, cache } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    try {
      await this.#bindVolumes(pod, node);
      await client.post(pods, { name, namespace }, 'binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace, uid },
        target: { apiVersion: 'v1', kind: 'Node', name: node },
      });
    } catch (error) {
      cache.forget(uid);
      await this.#failed(pod, error);
      return;
    }
    queue.done(uid);
    const message = `Successfully assigned ${namespace}/${name} to ${node}`;
    recorder.event(pod, 'Normal', 'Scheduled', message, { action: 'Binding' });
  }

  async #failed(pod: Pod, error: unknown): Promise<void> {
    const { queue, signal, logger } = this.#options;
    const { uid, name, namespace } = pod.metadata;
    // What it had been given is free again, which other pods may wait for.
    queue.move('pod-deleted');
    if (signal.aborted || isStatus(error, 'NotFound')) {
      queue.done(uid);
      return;
    }
    queue.failed(uid, []);
    logger.warn({ err: error, key: `${namespace}/${name}` }, 'cannot bind a pod; retrying');
    await reportFailure(this.#options, pod, error instanceof Error ? error.message : String(error));
  }

  async #bindVolumes(pod: Pod, node: string): Promise<void> {
    const { client, informers } = this.#options;
    const claims = waitingClaims(pod, {
      claim: (namespace, name) => informers.claims.get(`${namespace}/${name}`),
      storageClass: (name) => informers.storageClasses.get(name),
    });
    if (claims.length === 0) return;
    for (const { metadata } of claims) {
      if (metadata.annotations?.[selectedNodeAnnotation] === node) continue;
      const body = { metadata: { annotations: { [selectedNodeAnnotation]: node } } };
      await client.patch(persistentVolumeClaims, metadata, 'merge', body);
    }
    await Promise.all(claims.map((claim) => this.#boundClaim(claim, node)));
  }

  #canBeServed(claim: PersistentVolumeClaim, nodeName: string): boolean {
    const { nodes, storageClasses, volumes } = this.#options.informers;
    const { provisioner = noProvisioner } = storageClasses.get(claim.spec.storageClassName ?? '') ?? {};
    if (provisioner !== noProvisioner) return true;
    const node = nodes.get(nodeName);
    return volumes.list().some((volume) => mayServe(volume, claim) && isReachable(volume, node));
  }

  #boundClaim(claim: PersistentVolumeClaim, node: string): Promise<void> {
    const { informers, signal } = this.#options;
    const { namespace, name } = claim.metadata;
    return new Promise((resolve, reject) => {
      const finish = (error?: Error): void => {
        clearTimeout(timer);
        this.#waiters.delete(check);
        signal.removeEventListener('abort', stopped);
        if (error === undefined) resolve();
        else reject(error);
      };
      const stopped = (): void => finish(new Error('the scheduler is stopping'));
      const timer = setTimeout(
        () => finish(new Error(`timed out waiting for persistentvolumeclaim ${name} to be bound`)),
        volumeTimeoutMs,
      );
      let annotated = false;
      const check = (): void => {
        const current = informers.claims.get(`${namespace}/${name}`);
        if (current === undefined) return finish(new Error(`persistentvolumeclaim ${JSON.stringify(name)} not found`));
        if (isBound(current)) return finish();
        const selected = current.metadata.annotations?.[selectedNodeAnnotation];
        annotated ||= selected === node;
        // The provisioner takes the annotation away when it cannot serve that node.
        if (annotated && selected !== node) return finish(new Error('selectedNode annotation reset for a claim'));
        // Another claim may have been quicker to take the volume that was meant for this one.
        if (this.#canBeServed(current, node)) return undefined;
        return finish(new Error(`no volume is left on ${node} for persistentvolumeclaim ${JSON.stringify(name)}`));
      };
      this.#waiters.add(check);
      signal.addEventListener('abort', stopped);
      check();
    });
  }
}
