import { Gauge, Registry } from 'prom-client';
import type { Store } from '../../store/store.ts';
import { registerProcessMetrics } from '../../system/process-metrics.ts';
import type { ApiResponse } from '../http/message.ts';
import type { KindRegistry } from '../registry/kind-registry.ts';
import { prefixOf } from '../registry/keys.ts';
import type { RequestInfo } from '../request/request-info.ts';
import { registerSeries, RequestSeries } from './request-series.ts';

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
  /** By all their labels. */
  readonly #series = new Map<string, RequestSeries>();
  readonly #inFlight = { readOnly: 0, mutating: 0 };
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
    registerSeries(this.#registry, () => this.#series.values());
    const inFlight = new Gauge({
      name: 'apiserver_current_inflight_requests',
      help: 'Requests that have not been answered yet',
      labelNames: ['request_kind'],
      registers: [this.#registry],
      collect: () => {
        for (const [kind, count] of Object.entries(this.#inFlight)) inFlight.set({ request_kind: kind }, count);
      },
    });
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
    const flight = info.verb === 'get' || info.verb === 'list' || info.verb === 'watch' ? 'readOnly' : 'mutating';
    this.#inFlight[flight]++;
    return (code) => {
      this.#inFlight[flight]--;
      const series = this.#seriesOf(info);
      series.count(code);
      if (info.verb !== 'watch') series.time((performance.now() - started) / 1000);
    };
  }

  #seriesOf(info: RequestInfo): RequestSeries {
    // Paths that lead nowhere must not make label values without end.
    const kind = info.isResource ? this.#kinds.resource(info.group, info.version, info.resource) : undefined;
    const known = kind !== undefined;
    const verb = knownVerbs.has(info.verb) ? info.verb : 'other';
    const subresource = known && Object.hasOwn(kind.subresources, info.subresource) ? info.subresource : '';
    const scope = scopeOf(info);
    const key = `${verb} ${scope} ${known ? `${info.group}/${info.version}/${info.resource}/${subresource}` : ''}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      const { group, version, resource } = known ? info : { group: '', version: '', resource: '' };
      series = new RequestSeries({ verb: verb.toUpperCase(), group, version, resource, subresource, scope });
      this.#series.set(key, series);
    }
    return series;
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
