import type { KubeObject } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import { apiVersionOf } from '../../api/resources.ts';
import type { Informer } from '../../client/informer.ts';
import { createInformer } from '../../client/informer.ts';
import type { ControllerContext } from '../context.ts';
import type { ServedApi, ServedResource } from '../discovery.ts';

/** What the collector hears of every object of every kind. */
export interface MonitorHandlers {
  observed(resource: Resource, object: KubeObject): void;
  removed(resource: Resource, object: KubeObject): void;
}

interface Monitor {
  readonly resource: ServedResource;
  readonly informer: Informer<KubeObject>;
  /** Ends an informer of this collector's own; a shared one goes on. */
  readonly stop: AbortController | undefined;
}

/** One informer on each kind that can own or be owned. */
export class Monitors {
  readonly #context: ControllerContext;
  readonly #handlers: MonitorHandlers;
  readonly #monitors = new Map<string, Monitor>();
  readonly #byKind = new Map<string, ServedResource>();
  readonly #running = new Set<Promise<void>>();

  constructor(context: ControllerContext, handlers: MonitorHandlers) {
    this.#context = context;
    this.#handlers = handlers;
  }

  /** The resource of an owner reference's kind; undefined when the server does not serve it, as far as is known. */
  resourceOf(apiVersion: string, kind: string): ServedResource | undefined {
    return this.#byKind.get(`${apiVersion} ${kind}`);
  }

  /** Begins with the kinds that are new, and ends with those that are gone. */
  follow({ resources, failures }: ServedApi): void {
    const unknown = new Set(failures.map(({ groupVersion }) => groupVersion));
    const wanted = new Map<string, ServedResource>();
    for (const served of resources) {
      this.#byKind.set(`${apiVersionOf(served)} ${served.kind}`, served);
      if (isMonitored(served)) wanted.set(keyOf(served), served);
    }
    for (const [key, monitor] of this.#monitors) {
      if (wanted.has(key) || unknown.has(apiVersionOf(monitor.resource))) continue;
      this.#monitors.delete(key);
      this.#end(monitor);
    }
    for (const [key, served] of wanted) if (!this.#monitors.has(key)) this.#monitors.set(key, this.#begin(served));
  }

  /** Resolves when all present monitors have their first list. */
  async synced(): Promise<void> {
    await Promise.allSettled([...this.#monitors.values()].map(({ informer }) => informer.synced));
  }

  /** Resolves when the collector's own informers have ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #begin(resource: ServedResource): Monitor {
    const shared = this.#context.informers.existing(resource);
    const informer = shared ?? this.#ownInformer(resource);
    informer.addHandlers({
      add: (object) => this.#handlers.observed(resource, object),
      update: (object, old) => (looksTheSame(object, old) ? undefined : this.#handlers.observed(resource, object)),
      delete: (object) => this.#handlers.removed(resource, object),
    });
    if (shared !== undefined) return { resource, informer, stop: undefined };
    const stop = new AbortController();
    const running = informer.start(AbortSignal.any([stop.signal, this.#context.signal]));
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
    return { resource, informer, stop };
  }

  #ownInformer(resource: ServedResource): Informer<KubeObject> {
    const logger = this.#context.logger.child({ controller: 'garbage-collector' });
    return createInformer<KubeObject>(this.#context.client, resource, {}, { logger, transform: ownershipOnly });
  }

  #end({ resource, informer, stop }: Monitor): void {
    stop?.abort();
    this.#byKind.delete(`${apiVersionOf(resource)} ${resource.kind}`);
    for (const object of informer.list()) this.#handlers.removed(resource, object);
  }
}

function keyOf({ group, version, plural }: Resource): string {
  return `${group}/${version}/${plural}`;
}

// Events are never owned, and there are too many of them.
function isMonitored({ group, plural, verbs }: ServedResource): boolean {
  const isEvent = plural === 'events' && (group === '' || group === 'events.k8s.io');
  return !isEvent && ['list', 'watch', 'delete'].every((verb) => verbs.has(verb));
}

function looksTheSame({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean {
  return (
    a.deletionTimestamp === b.deletionTimestamp &&
    JSON.stringify([a.ownerReferences, a.finalizers]) === JSON.stringify([b.ownerReferences, b.finalizers])
  );
}

/** What the graph needs of an object; the rest would double the memory that the server spends on it. */
function ownershipOnly({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, uid, resourceVersion, creationTimestamp, deletionTimestamp, finalizers, ownerReferences } = metadata;
  const kept = {
    name,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(finalizers === undefined ? {} : { finalizers }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
  };
  return { apiVersion, kind, metadata: kept };
}
