import type { KubeObject } from '../../api/object.ts';
import { apiVersionOf } from '../../api/resources.ts';
import type { Resource } from '../../api/resources.ts';
import { createBackOff, pause } from '../../client/back-off.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { AbsentOwners } from './absent-owners.ts';
import { Collector } from './collector.ts';
import type { Identity } from './graph.ts';
import { OwnerGraph } from './graph.ts';
import { Monitors } from './monitors.ts';

const component = 'garbage-collector-controller';
/** Kinds come and go with CustomResourceDefinitions, which are heard of at once; this finds what else is new. */
const rediscoverMs = 60_000;
/** A kind that cannot be listed must not keep all others from being collected. */
const firstSyncMs = 10_000;

/** Deletes what has lost its owners; runs until the context's signal is aborted. */
export async function startGarbageCollector(context: ControllerContext): Promise<void> {
  const { client, signal } = context;
  const doomed = createWorkQueue();
  const orphaning = createWorkQueue();
  const absent = new AbsentOwners();
  const graph = new OwnerGraph({
    attempt: (uid) => doomed.add(uid),
    orphan: (uid) => orphaning.add(uid),
    invalidNamespace(dependent, { apiVersion, kind, name, uid }) {
      const { namespace = '' } = dependent;
      const owner = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
      const message = `ownerRef ${owner} does not exist in namespace ${JSON.stringify(namespace)}`;
      context.record(component, dependentObject(dependent), {
        type: 'Warning',
        reason: 'OwnerRefInvalidNamespace',
        message,
      });
    },
  });
  const changes = new KindChanges();
  const monitors = new Monitors(context, {
    observed(resource, object) {
      graph.observe(identityOf(resource, object), object.metadata);
      if (isKindDefinition(resource)) changes.tell();
    },
    removed(resource, object) {
      const identity = identityOf(resource, object);
      absent.add(identity, identity.namespace);
      graph.remove(object.metadata.uid);
      if (isKindDefinition(resource)) changes.tell();
    },
  });
  const collector = new Collector({ client, graph, monitors, absent, attempt: (uid) => doomed.add(uid) });
  const following = followKinds(context, monitors, changes);
  await firstSync(following.first, monitors, signal);
  const attempts = { name: component, queue: doomed, needs: [], workers: 20 };
  const orphans = { name: component, queue: orphaning, needs: [], workers: 5 };
  await Promise.all([
    runController(context, { ...attempts, reconcile: (uid) => collector.attemptToDelete(uid) }),
    runController(context, { ...orphans, reconcile: (uid) => collector.orphanDependents(uid) }),
    following.ended,
  ]);
  await monitors.ended();
}

function identityOf(resource: Resource, { metadata }: KubeObject): Identity {
  const { name, namespace, uid } = metadata;
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, name, namespace, uid };
}

function dependentObject({ apiVersion, kind, name, namespace = '', uid }: Identity): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion: '', creationTimestamp: '' } };
}

/** Whether an object says what is served: a kind of its own, or that another server has kinds. */
function isKindDefinition({ group, plural }: Resource): boolean {
  const isCustomKind = group === 'apiextensions.k8s.io' && plural === 'customresourcedefinitions';
  return isCustomKind || (group === 'apiregistration.k8s.io' && plural === 'apiservices');
}

/** Remembers that kinds have come or gone since somebody last waited for it. */
class KindChanges {
  #happened = false;
  #wake: (() => void) | undefined;

  tell(): void {
    this.#happened = true;
    this.#wake?.();
  }

  /** Resolves after the next change, or after `milliseconds`, or at the abort. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#happened) {
      const heard = new AbortController();
      this.#wake = () => heard.abort();
      await pause(milliseconds, AbortSignal.any([heard.signal, signal]));
      this.#wake = undefined;
    }
    this.#happened = false;
  }
}

/** Keeps the monitors as discovery says; `first` resolves when it has been heard once. */
function followKinds(
  { discovery, logger, signal }: ControllerContext,
  monitors: Monitors,
  changes: KindChanges,
): { readonly first: Promise<void>; readonly ended: Promise<void> } {
  const first = Promise.withResolvers<void>();
  const backOff = createBackOff(50, 5000);
  const follow = async (): Promise<void> => {
    let failing = false;
    while (!signal.aborted) {
      try {
        monitors.follow(await discovery.served());
        backOff.reset();
        failing = false;
        first.resolve();
        await changes.wait(rediscoverMs, signal);
        // A definition is served only a moment after it is there.
        await pause(200, signal);
      } catch (err) {
        if (!failing && !signal.aborted) logger.warn({ err, controller: component }, 'cannot discover kinds; retrying');
        failing = true;
        await pause(backOff.next(), signal);
      }
    }
    first.resolve();
  };
  return { first: first.promise, ended: follow() };
}

async function firstSync(discovered: Promise<void>, monitors: Monitors, signal: AbortSignal): Promise<void> {
  await discovered;
  const stop = new AbortController();
  await Promise.race([monitors.synced(), pause(firstSyncMs, AbortSignal.any([signal, stop.signal]))]);
  stop.abort();
}
