import type { KubeObject } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import type { Informer, InformerHandlers } from '../../client/informer.ts';
import { createInformer } from '../../client/informer.ts';
import type { Counted } from '../../machinery/quota/usage.ts';
import type { ControllerContext } from '../context.ts';
import { kindKey } from './reconcile.ts';

interface Counter {
  readonly informer: Informer<KubeObject>;
  /** Ends an informer of this controller's own. */
  readonly stop: AbortController | undefined;
}

/** Kinds are looked for again so often when the server does not serve one that a quota names. */
const lookAgainMs = 30_000;

/** The informers on what quotas count: those that others have anyway, and names alone of all other kinds. */
export class Counters {
  readonly #context: ControllerContext;
  readonly #handlers: (kind: Counted) => InformerHandlers<KubeObject>;
  readonly #counters = new Map<string, Promise<Counter | undefined>>();
  readonly #missing = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();

  constructor(context: ControllerContext, handlers: (kind: Counted) => InformerHandlers<KubeObject>) {
    this.#context = context;
    this.#handlers = handlers;
  }

  /** All objects of a kind in a namespace; undefined when the server has no such kind. */
  async objects(kind: Counted, namespace: string): Promise<readonly KubeObject[] | undefined> {
    const key = kindKey(kind);
    if (this.#context.now() < (this.#missing.get(key) ?? 0)) return undefined;
    let begun = this.#counters.get(key);
    if (begun === undefined) this.#counters.set(key, (begun = this.#begin(kind)));
    const counter = await begun.catch((error: unknown) => {
      this.#counters.delete(key);
      throw error;
    });
    if (counter === undefined) {
      this.#counters.delete(key);
      this.#missing.set(key, this.#context.now() + lookAgainMs);
      return undefined;
    }
    await counter.informer.synced;
    return counter.informer.list().filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** Ends the informers of kinds that no quota names any more. */
  async keep(keys: ReadonlySet<string>): Promise<void> {
    for (const [key, begun] of this.#counters) {
      if (keys.has(key)) continue;
      const counter = await begun.catch(() => undefined);
      if (counter?.stop === undefined) continue;
      this.#counters.delete(key);
      counter.stop.abort();
    }
  }

  /** Resolves when the controller's own informers have ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #begin(kind: Counted): Promise<Counter | undefined> {
    const { resources } = await this.#context.discovery.served();
    const served = resources.find(({ group, plural }) => group === kind.group && plural === kind.plural);
    if (served === undefined || !served.verbs.has('list') || !served.verbs.has('watch')) return undefined;
    const shared = this.#context.informers.existing(served);
    const counter = shared === undefined ? this.#own(served) : { informer: shared, stop: undefined };
    counter.informer.addHandlers(this.#handlers(kind));
    return counter;
  }

  #own(resource: Resource): Counter {
    const { client, logger, signal } = this.#context;
    const stop = new AbortController();
    const options = { logger: logger.child({ controller: 'resourcequota-controller' }), transform: namesOnly };
    const informer = createInformer<KubeObject>(client, resource, {}, options);
    const running = informer.start(AbortSignal.any([stop.signal, signal]));
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
    return { informer, stop };
  }
}

/** Of kinds that are counted one by one nothing else matters. */
function namesOnly({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, uid, resourceVersion, creationTimestamp, namespace } = metadata;
  const kept = { name, uid, resourceVersion, creationTimestamp, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion, kind, metadata: kept };
}
