import type { Registry } from 'prom-client';
import { endpointSlices, namespaces, pods, services } from '../api/resources.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { Informer } from '../client/informer.ts';
import type { Logger } from '../system/logger.ts';
import { Forwarder } from './forward/forwarder.ts';
import { followNameservers, hostNameservers } from './forward/resolv-conf.ts';
import { parseUpstream, upstreamText } from './forward/upstream-address.ts';
import type { DnsMetrics } from './metrics.ts';
import { createDnsMetrics } from './metrics.ts';
import type { IndexedObject } from './records/cluster-index.ts';
import { ClusterIndex } from './records/cluster-index.ts';
import { triggerTimeAnnotation, trimObject } from './records/trim.ts';
import type { Zone } from './records/zone.ts';
import { Resolver } from './server/resolver.ts';
import { Responder } from './server/responder.ts';
import { listenTcp } from './server/tcp.ts';
import { listenUdp } from './server/udp.ts';
import { readSnapshot } from './snapshot/snapshot-file.ts';
import { SnapshotWriter } from './snapshot/snapshot-writer.ts';
import { lowerCaseName } from './wire/reader.ts';

export interface DnsOptions {
  /** `dnsInformers(client)` in a process of its own; any other factory works and keeps more in memory. */
  readonly informers: InformerFactory;
  /** Where to listen, UDP and TCP; also the address of `ns.dns.<domain>`. */
  readonly address: string;
  readonly port: number;
  /** E.g. `cluster.local`. */
  readonly clusterDomain: string;
  /**
   * Servers for all other names, each `ADDRESS` or `ADDRESS:PORT`; `host` follows the host's `/etc/resolv.conf`. Empty
   * for a cluster without an outside: other names do not exist then.
   */
  readonly upstreams: readonly string[] | 'host';
  /** With `host`: where `startDnsRelay` listens, for a host whose only server is on its own loopback address. */
  readonly relay?: string;
  /** Servers for single domains. */
  readonly stubDomains?: Readonly<Record<string, readonly string[]>>;
  /** The node whose pods ask here; their search paths are finished on the server. Without it none is. */
  readonly nodeName?: string;
  /** Ranges of the cluster's own addresses: nobody outside is asked for the names of those. */
  readonly localRanges?: readonly string[];
  /** Where the records are kept for a restart while the API server is away; its folder must exist. */
  readonly snapshotFile?: string;
  readonly logger: Logger;
  readonly registry?: Registry | undefined;
  readonly queryLog?: boolean;
  /** How long a query about the cluster waits for the first list of Services; 1.5 s when left out. */
  readonly holdMs?: number;
  /** Called once, when queries about the cluster are answered. */
  readonly onReady?: () => void;
}

/** Of the cluster's own records, in seconds: short, as clients that cache must follow endpoints. */
const recordTtl = 5;
/** Resolvers wait 5 s. */
const usualHoldMs = 1500;

/**
 * Answers DNS for a node's pods until `signal` is aborted. Rejects when the address cannot be bound. Answers go on
 * while the API server is away.
 */
export async function startDns(options: DnsOptions, signal: AbortSignal): Promise<void> {
  const { address, port, logger } = options;
  if (options.upstreams !== 'host') for (const server of options.upstreams) parseUpstream(server);
  const records = new LiveRecords(options);
  const zone: Zone = {
    domain: lowerCaseName(options.clusterDomain.replace(/\.$/, '')),
    serverAddresses: [address],
    ttl: recordTtl,
  };
  const metrics = await createDnsMetrics(
    options.registry,
    { address, port, zone: zone.domain },
    { cacheEntries: () => forwarder.cacheSize, services: () => records.index?.size.services ?? 0 },
  );
  const forwarder = createForwarder(options, metrics);
  const resolver = new Resolver({
    zone,
    index: () => records.index,
    indexed: records.indexed,
    holdMs: options.holdMs ?? usualHoldMs,
    localRanges: options.localRanges ?? [],
    forwarder,
  });
  const responder = new Responder({ resolver, logger, metrics, queryLog: options.queryLog ?? false });
  await using _udp = await listenUdp({ address, port, responder, logger });
  await using _tcp = await listenTcp({ address, port, responder, logger });
  void records.indexed.then(() => options.onReady?.());
  await records.run(metrics, signal);
}

function createForwarder(options: DnsOptions, metrics: DnsMetrics): Forwarder {
  const { address, port, stubDomains, logger } = options;
  return new Forwarder({
    upstreams: upstreamsOf(options),
    ...(stubDomains === undefined ? {} : { stubDomains }),
    ownAddresses: [upstreamText({ host: address, port })],
    report: (...report) => metrics.forwarded(...report),
    reachable: (yes, err) =>
      yes ? logger.info('the DNS servers outside answer again') : logger.warn({ err }, 'no DNS server outside answers'),
  });
}

function upstreamsOf({ upstreams, relay }: DnsOptions): () => readonly string[] {
  if (upstreams !== 'host') return () => upstreams;
  const follow = followNameservers(hostNameservers);
  const fallback = relay === undefined ? [] : [relay];
  return () => {
    const servers = follow();
    return servers.length > 0 ? servers : fallback;
  };
}

type Followed = Pick<Informer<IndexedObject>, 'list' | 'start' | 'synced'>;

/**
 * The records that answers are made from.
 * - `unknown`: nothing is known. To `snapshot` when there is one, to `live` after the first lists.
 * - `snapshot`: what an earlier process knew. To `live` after the first lists.
 * - `live`: follows the API server; stays so while it is away.
 */
class LiveRecords {
  readonly indexed: Promise<void>;
  index: ClusterIndex | undefined;
  readonly #options: DnsOptions;
  readonly #indexed = Promise.withResolvers<void>();
  readonly #live = new ClusterIndex(Math.floor(Date.now() / 1000));
  readonly #informers: readonly Followed[];
  #snapshot: SnapshotWriter | undefined;
  #metrics: DnsMetrics | undefined;

  constructor(options: DnsOptions) {
    const { informers, nodeName } = options;
    this.#options = options;
    this.indexed = this.#indexed.promise;
    this.#informers = [
      this.#follow(informers.informer(services)),
      this.#follow(informers.informer(endpointSlices)),
      this.#follow(informers.informer(namespaces)),
      ...(nodeName === undefined
        ? []
        : [this.#follow(informers.informer(pods, { fieldSelector: `spec.nodeName=${nodeName}` }))]),
    ];
  }

  async run(metrics: DnsMetrics, signal: AbortSignal): Promise<void> {
    this.#metrics = metrics;
    const running = Promise.all(this.#informers.map((informer) => informer.start(signal)));
    const synced = Promise.all(this.#informers.map((informer) => informer.synced)).then(
      () => this.#goLive(),
      () => undefined,
    );
    await this.#loadSnapshot();
    await running;
    await synced;
    await this.#snapshot?.flush();
  }

  #goLive(): void {
    const { snapshotFile: path, logger } = this.#options;
    const { services, slices } = this.#live.size;
    logger.info({ services, slices }, 'the records follow the API server');
    this.index = this.#live;
    this.#indexed.resolve();
    if (path === undefined) return;
    this.#snapshot = new SnapshotWriter({ path, objects: () => this.#objects(), logger });
    this.#snapshot.changed();
  }

  async #loadSnapshot(): Promise<void> {
    const { snapshotFile: path, logger } = this.#options;
    if (path === undefined) return;
    try {
      const objects = await readSnapshot(path);
      if (objects === undefined || this.index !== undefined) return;
      const index = new ClusterIndex(Math.floor(Date.now() / 1000) - objects.length);
      for (const object of objects) index.put(object);
      this.index = index;
      this.#indexed.resolve();
      logger.info({ ...index.size }, 'answering from the records of the last run until the API server answers');
    } catch (err) {
      logger.warn({ err }, 'the records of the last run are of no use');
    }
  }

  #objects(): readonly IndexedObject[] {
    return this.#informers.flatMap((informer) => informer.list()).map(trimObject);
  }

  #follow<T extends IndexedObject>(informer: Informer<T>): Followed {
    informer.addHandlers({
      add: (object) => this.#changed(object, () => this.#live.put(object)),
      update: (object, old) => this.#changed(object, () => this.#live.put(object, old)),
      delete: (object) => this.#changed(object, () => this.#live.delete(object)),
    });
    return informer;
  }

  #changed({ metadata }: IndexedObject, change: () => void): void {
    change();
    // What happened before this process followed says nothing of its speed.
    if (this.index !== this.#live) return;
    this.#snapshot?.changed();
    const trigger = Date.parse(metadata.annotations?.[triggerTimeAnnotation] ?? '');
    if (Number.isFinite(trigger)) this.#metrics?.programmed(Math.max(0, Date.now() - trigger) / 1000);
  }
}
