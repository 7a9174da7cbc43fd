import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Store } from '../../store/store.ts';
import { registerProcessMetrics } from '../../system/process-metrics.ts';
import type { ApiResponse } from '../http/message.ts';
import type { KindRegistry } from '../registry/kind-registry.ts';
import { prefixOf } from '../registry/keys.ts';
import type { RequestInfo } from '../request/request-info.ts';

const durations = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const requestLabels = ['verb', 'group', 'version', 'resource', 'subresource', 'scope'] as const;

type RequestLabels = Record<(typeof requestLabels)[number], string>;

function scopeOf({ isResource, name, namespace, resource }: RequestInfo): string {
  if (!isResource) return '';
  if (name !== '') return 'resource';
  return namespace !== '' && resource !== 'namespaces' ? 'namespace' : 'cluster';
}

/** Verbs that clients may have made up are not told apart. */
const knownVerbs = new Set(
  'get list watch create update patch delete deletecollection post put head options'.split(' '),
);

/** The server's own metrics, under upstream's names. */
export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'apiserver_request_total',
    help: 'Requests by verb, resource and HTTP code',
    labelNames: [...requestLabels, 'code'],
    registers: [this.#registry],
  });
  readonly #seconds = new Histogram({
    name: 'apiserver_request_duration_seconds',
    help: 'Seconds until the answer began, watches aside',
    labelNames: requestLabels,
    buckets: durations,
    registers: [this.#registry],
  });
  readonly #inFlight = new Gauge({
    name: 'apiserver_current_inflight_requests',
    help: 'Requests that have not been answered yet',
    labelNames: ['request_kind'],
    registers: [this.#registry],
  });
  readonly #watches = new Gauge({
    name: 'apiserver_longrunning_requests',
    help: 'Open watches',
    labelNames: ['verb', 'resource', 'group'],
    registers: [this.#registry],
  });

  readonly #kinds: KindRegistry;

  constructor(store: Store, kinds: KindRegistry) {
    this.#kinds = kinds;
    registerProcessMetrics(this.#registry);
    const objects = new Gauge({
      name: 'apiserver_storage_objects',
      help: 'Stored objects by resource',
      labelNames: ['resource'],
      registers: [this.#registry],
      collect() {
        for (const kind of kinds.all()) {
          const name = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
          if (kinds.stored(kind) === kind) objects.set({ resource: name }, store.count(prefixOf(kind)));
        }
      },
    });
  }

  /** Notes the start of a request; the function returned notes its answer. */
  begin(info: RequestInfo): (code: number) => void {
    const started = performance.now();
    const flight = { request_kind: ['get', 'list', 'watch'].includes(info.verb) ? 'readOnly' : 'mutating' };
    this.#inFlight.inc(flight);
    return (code) => {
      this.#inFlight.dec(flight);
      // Paths that lead nowhere must not make label values without end.
      const kind = info.isResource ? this.#kinds.resource(info.group, info.version, info.resource) : undefined;
      const known = kind !== undefined;
      const labels: RequestLabels = {
        verb: (knownVerbs.has(info.verb) ? info.verb : 'other').toUpperCase(),
        group: known ? info.group : '',
        version: known ? info.version : '',
        resource: known ? info.resource : '',
        subresource: kind !== undefined && Object.hasOwn(kind.subresources, info.subresource) ? info.subresource : '',
        scope: scopeOf(info),
      };
      this.#requests.inc({ ...labels, code: String(code) });
      if (info.verb !== 'watch') this.#seconds.observe(labels, (performance.now() - started) / 1000);
    };
  }

  /** Counts a watch from now until the function returned is called. */
  watchOpened({ resource, group }: Pick<RequestInfo, 'resource' | 'group'>): () => void {
    const labels = { verb: 'WATCH', resource, group };
    this.#watches.inc(labels);
    return () => this.#watches.dec(labels);
  }

  async answer(): Promise<ApiResponse> {
    const text = await this.#registry.metrics();
    return { status: 200, headers: { 'content-type': this.#registry.contentType }, body: Buffer.from(text) };
  }
}
