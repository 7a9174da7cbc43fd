import type { ApiClient, ListPage } from './api-client.ts';
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import { isStatus, StatusError } from '../api/status-error.ts';
import type { Logger } from '../system/logger.ts';
import { createBackOff, pause } from './back-off.ts';
import type { ObjectCache } from './object-cache.ts';
import { keyOf } from './object-key.ts';

/** Which objects of a resource; everything when empty. */
export interface InformerQuery {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: ApiClient;
  readonly resource: Resource<T>;
  readonly query: InformerQuery;
  readonly cache: ObjectCache<T>;
  /** Reduces an object to what the cache shall keep. */
  readonly transform: (object: T) => T;
  readonly listed: () => void;
  readonly logger: Logger | undefined;
}

/**
 * - `listing`: the cache's state is unknown or too old. To `watching` after a complete list; stays on failure.
 * - `watching`: the cache is current as of `resourceVersion`. To itself when the server ends the watch or cannot be
 *   reached, resuming there; to `listing` when the server no longer has that revision or refuses the watch.
 */
type State = { readonly name: 'listing' } | { readonly name: 'watching'; readonly resourceVersion: string };

const pageSize = 500;
/** A watch that ended sooner counts as a failure, so that a server that ends each at once is not stormed. */
const shortWatchMs = 1000;

/** Keeps `cache` equal to the server's objects until `signal` is aborted. Retries for ever, with back-off. */
export async function reflect<T extends KubeObject>(options: ReflectorOptions<T>, signal: AbortSignal): Promise<void> {
  const { logger, resource } = options;
  const backOff = createBackOff(50, 5000);
  let state: State = { name: 'listing' };
  /** What the last failure said; one that goes on is logged once. */
  let failing: string | undefined;
  while (!signal.aborted) {
    const began = performance.now();
    const step: Step =
      state.name === 'listing' ? await list(options) : await watch(options, state.resourceVersion, signal);
    if (signal.aborted) return;
    state = step.next;
    if (step.error === undefined) {
      if (failing !== undefined) logger?.info({ resource: resource.plural }, 'the API server answers again');
      failing = undefined;
      // A list that succeeds proves little when the watch after it keeps failing: only a lasting watch resets.
      if (performance.now() - began >= shortWatchMs) backOff.reset();
      else if (step.ended) await pause(backOff.next(), signal);
      continue;
    }
    const text = step.error instanceof Error ? step.error.message : JSON.stringify(step.error);
    if (failing !== text && !isStatus(step.error, 'Expired', 'Gone')) {
      logger?.warn({ resource: resource.plural, err: step.error }, `cannot ${step.did}; retrying`);
      failing = text;
    }
    if (performance.now() - began >= shortWatchMs) backOff.reset();
    await pause(backOff.next(), signal);
  }
}

interface Step {
  readonly did: 'list' | 'watch';
  readonly next: State;
  /** The server ended the exchange by itself. */
  readonly ended?: true;
  readonly error?: unknown;
}

async function list<T extends KubeObject>(options: ReflectorOptions<T>): Promise<Step> {
  const { client, resource, query, cache, transform } = options;
  const objects: T[] = [];
  try {
    let token: string | undefined;
    let page: ListPage<T>;
    do {
      page = await client.list(resource, {
        ...query,
        limit: pageSize,
        ...(token === undefined ? {} : { continue: token }),
      });
      for (const object of page.items) objects.push(transform(object));
      token = page.continue;
    } while (token !== undefined);
    cache.replaceAll(objects);
    options.listed();
    return { did: 'list', next: { name: 'watching', resourceVersion: page.resourceVersion } };
  } catch (error) {
    return { did: 'list', next: { name: 'listing' }, error };
  }
}

async function watch<T extends KubeObject>(
  options: ReflectorOptions<T>,
  from: string,
  signal: AbortSignal,
): Promise<Step> {
  const { client, resource, query, cache, transform } = options;
  let resourceVersion = from;
  try {
    for await (const event of client.watch(resource, { ...query, resourceVersion }, signal)) {
      if (event.type === 'BOOKMARK') {
        resourceVersion = event.resourceVersion;
        continue;
      }
      const object = transform(event.object);
      if (event.type === 'DELETED') cache.delete(keyOf(object), object);
      else cache.put(object);
      resourceVersion = object.metadata.resourceVersion;
    }
    return { did: 'watch', next: { name: 'watching', resourceVersion }, ended: true };
  } catch (error) {
    const resumable = !(error instanceof StatusError) || isStatus(error, 'TooManyRequests', 'ServiceUnavailable');
    return { did: 'watch', next: resumable ? { name: 'watching', resourceVersion } : { name: 'listing' }, error };
  }
}
