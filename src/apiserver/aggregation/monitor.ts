import { apiServiceKind } from '../../api/apiregistration/api-service.ts';
import type { APIService } from '../../api/apiregistration/api-service.schema.ts';
import { endpointSliceKind } from '../../api/discovery/endpoint-slice.ts';
import { services } from '../../api/resources.ts';
import type { KubeObject } from '../../api/object.ts';
import { jsonEqual } from '../../machinery/json.ts';
import type { Store, Watch } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';
import type { Logger } from '../../system/logger.ts';
import { timestamp } from '../registry/core.ts';
import { keyOfObject, prefixOf } from '../registry/keys.ts';
import type { ServiceReader } from '../streaming/service-dialer.ts';
import type { ApiServiceIndex } from './api-service-index.ts';
import type { Availability } from './availability.ts';
import { local, withAvailability } from './availability.ts';
import type { RemoteDocuments } from './documents.ts';
import { fetchDocuments } from './documents.ts';
import { checkAvailability } from './probe.ts';
import type { RemoteApi } from './remote-api.ts';
import type { RemoteClient } from './remote-client.ts';

/** How long nothing is asked of a server that answers, unless its objects change. */
const checkEveryMs = 30_000;
const documentsEveryMs = 60_000;
const firstRetryMs = 250;

export interface MonitorOptions {
  readonly store: Store;
  readonly index: ApiServiceIndex;
  readonly client: RemoteClient;
  readonly reader: ServiceReader;
  readonly logger: Logger;
}

/** One APIService under watch. */
interface Entry {
  running: Promise<void> | undefined;
  /** Something has changed since the round that is under way began. */
  isDirty: boolean;
  timer: NodeJS.Timeout | undefined;
  failures: number;
  /** What the last round has looked at, and found. */
  spec: APIService['spec'] | undefined;
  judged: Availability | undefined;
  documents: RemoteDocuments | undefined;
  fetchedAt: number;
  isCurrent: boolean;
}

const newEntry = (): Entry => ({
  running: undefined,
  isDirty: false,
  timer: undefined,
  failures: 0,
  spec: undefined,
  judged: undefined,
  documents: undefined,
  fetchedAt: 0,
  isCurrent: false,
});

/**
 * Keeps the Available condition of every APIService, and what the servers behind them say about themselves. A server is
 * asked when its APIService, Service or endpoints change, now and then otherwise, and more often while it fails.
 */
export class ApiServiceMonitor {
  readonly #options: MonitorOptions;
  readonly #entries = new Map<string, Entry>();
  #watches: Watch[] = [];
  #isStopped = false;
  #generation = 0;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  start(): void {
    const { index, client } = this.#options;
    index.onChange((name) => this.#changed(name));
    const wake = (namespace: string | undefined, service: string | undefined): void => {
      for (const { name, service: named } of index.allRemote()) {
        if (named.namespace !== namespace || named.name !== service) continue;
        client.renew(named);
        this.#wake(name);
      }
    };
    const ofService = ({ metadata }: KubeObject): void => wake(metadata.namespace, metadata.name);
    const ofSlice = ({ metadata }: KubeObject): void =>
      wake(metadata.namespace, metadata.labels?.['kubernetes.io/service-name']);
    this.#watches = [
      watchObjects(this.#options, prefixOf(services), ofService),
      watchObjects(this.#options, prefixOf(endpointSliceKind), ofSlice),
    ];
    for (const name of index.names()) this.#wake(name);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const watch of this.#watches) watch.stop();
    const entries = [...this.#entries.values()];
    for (const { timer } of entries) clearTimeout(timer);
    await Promise.allSettled(entries.map(async ({ running }) => running));
  }

  /** Grows whenever `documents` may have another answer. */
  get generation(): number {
    return this.#generation;
  }

  /** What a server has said about itself, and whether that is fresh. */
  documents(name: string): { readonly documents: RemoteDocuments | undefined; readonly isCurrent: boolean } {
    const entry = this.#entries.get(name);
    return { documents: entry?.documents, isCurrent: entry?.isCurrent === true };
  }

  #changed(name: string): void {
    const object = this.#options.index.object(name);
    const entry = this.#entries.get(name);
    if (object === undefined) {
      clearTimeout(entry?.timer);
      this.#entries.delete(name);
      this.#generation++;
      return;
    }
    // What a round has written itself is no news.
    const isSame = entry !== undefined && jsonEqual(entry.spec, object.spec);
    if (isSame && entry.judged !== undefined && withAvailability(object, entry.judged, '') === object) return;
    this.#wake(name);
  }

  #wake(name: string): void {
    if (this.#isStopped) return;
    let entry = this.#entries.get(name);
    if (entry === undefined) this.#entries.set(name, (entry = newEntry()));
    clearTimeout(entry.timer);
    entry.isDirty = true;
    entry.running ??= this.#run(name, entry);
  }

  async #run(name: string, entry: Entry): Promise<void> {
    // What wakes an APIService comes in bunches, within one turn.
    await Promise.resolve();
    while (entry.isDirty && !this.#isStopped) {
      entry.isDirty = false;
      try {
        await this.#round(name, entry);
      } catch (err) {
        if (err instanceof StoreError && err.code === 'closed') break;
        entry.failures++;
        this.#options.logger.error({ err, apiService: name }, 'APIService could not be checked');
      }
    }
    // From here on a change begins a run of its own: nothing may come between this and the last look.
    entry.running = undefined;
    if (this.#isOver(name, entry)) return;
    if (this.#options.index.object(name)?.spec.service === undefined && entry.failures === 0) return;
    const delay = Math.min(entry.failures === 0 ? checkEveryMs : firstRetryMs * 2 ** entry.failures, checkEveryMs);
    entry.timer = setTimeout(() => this.#wake(name), delay).unref();
  }

  /** What was found out before a stop, or of an APIService that has been deleted since, is not to be written. */
  #isOver(name: string, entry: Entry): boolean {
    return this.#isStopped || this.#entries.get(name) !== entry;
  }

  async #round(name: string, entry: Entry): Promise<void> {
    const { index, client, reader } = this.#options;
    const object = index.object(name);
    if (object === undefined) return;
    const { group = '', version = '' } = object.spec;
    const api = index.remote(group, version);
    const isNew = !jsonEqual(entry.spec, object.spec);
    const judged = api === undefined ? local : await checkAvailability(client, reader, api);
    if (this.#isOver(name, entry)) return;
    if (api !== undefined) {
      if (judged.isAvailable) await this.#learn(api, entry, isNew);
      else this.#setCurrent(entry, false);
    }
    entry.spec = object.spec;
    entry.judged = judged;
    const isFine = judged.isAvailable && (api === undefined || entry.isCurrent);
    entry.failures = isFine ? 0 : Math.min(entry.failures + 1, 16);
    await this.#write(name, entry, judged);
  }

  async #learn(api: RemoteApi, entry: Entry, isNew: boolean): Promise<void> {
    const { client, logger } = this.#options;
    if (!isNew && entry.isCurrent && performance.now() - entry.fetchedAt < documentsEveryMs) return;
    try {
      const documents = await fetchDocuments(client, api, isNew ? undefined : entry.documents);
      const isSame = jsonEqual(documents, entry.documents);
      entry.documents = documents;
      entry.fetchedAt = performance.now();
      if (!isSame) this.#generation++;
      this.#setCurrent(entry, true);
    } catch (err) {
      logger.debug({ err, apiService: api.name }, 'API server behind an APIService does not say what it serves');
      this.#setCurrent(entry, false);
    }
  }

  #setCurrent(entry: Entry, isCurrent: boolean): void {
    if (entry.isCurrent === isCurrent) return;
    entry.isCurrent = isCurrent;
    this.#generation++;
  }

  async #write(name: string, entry: Entry, judged: Availability): Promise<void> {
    const { store, logger } = this.#options;
    const key = keyOfObject(apiServiceKind, '', name);
    const found = await store.get(key);
    if (found === undefined || this.#isOver(name, entry)) return;
    const object = found.object as APIService;
    if (!jsonEqual(object.spec, entry.spec)) return;
    const changed = withAvailability(object, judged, timestamp(Date.now()));
    if (changed === object) return;
    try {
      await store.update(key, changed, found.revision);
      const { isAvailable, reason, message } = judged;
      logger.info({ apiService: name, isAvailable, reason, message }, 'Availability of an APIService changed');
    } catch (error) {
      // Somebody has changed it since: that change begins another round.
      if (!(error instanceof StoreError) || error.code !== 'conflict') throw error;
      entry.isDirty = true;
    }
  }
}

/** Calls `changed` for every object under `prefix` that is made, changed or deleted from now on. */
function watchObjects({ store, index }: MonitorOptions, prefix: string, changed: (object: KubeObject) => void): Watch {
  return store.watch(prefix, store.revision, ({ current }) => {
    // Without an APIService for another server nobody has to look into them.
    if (index.hasRemote) changed(current.object);
  });
}
