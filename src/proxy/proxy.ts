import type { Registry } from 'prom-client';
import type { Node } from '../api/core/node.schema.ts';
import type { Pod } from '../api/core/pod.schema.ts';
import type { Service } from '../api/core/service.schema.ts';
import type { EndpointSlice } from '../api/discovery/endpoint-slice.schema.ts';
import type { ServiceCIDR } from '../api/networking/service-cidr.schema.ts';
import type { KubeObject } from '../api/object.ts';
import { endpointSlices, nodes, pods, serviceCidrs, services } from '../api/resources.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { Informer } from '../client/informer.ts';
import { keyOf } from '../client/informer.ts';
import { canonicalRanges } from '../system/ipv4.ts';
import type { Logger } from '../system/logger.ts';
import type { RulesetApplier } from './applier.ts';
import { HealthChecks, planHealthCheck } from './health-checks.ts';
import type { HelperClient } from './helper/client.ts';
import type { ProxyMetrics } from './metrics.ts';
import { createProxyMetrics } from './metrics.ts';
import { NftablesApplier } from './nftables/applier.ts';
import { forgetStaleFlows, isConntrackMissing } from './nftables/conntrack.ts';
import type { ProxyConfiguration } from './plan/configuration.ts';
import { planHostPorts } from './plan/host-ports.ts';
import { planService } from './plan/service.ts';
import { planSkeleton } from './plan/skeleton.ts';
import { RulesetTable } from './ruleset.ts';
import type { SocketBalancer } from './socket/balancer.ts';
import { planSocketTargets } from './socket/plan.ts';
import { SyncLoop } from './sync-loop.ts';

export interface ProxyOptions {
  readonly informers: InformerFactory;
  readonly nodeName: string;
  /** The node's own addresses, on which node ports answer. */
  readonly nodeAddresses: readonly string[];
  /** All pods of the cluster, e.g. `10.233.64.0/18`. */
  readonly podRange: string;
  /** Ranges of nothing but Service addresses, e.g. `10.233.0.0/18`. */
  readonly serviceRanges: readonly string[];
  /** Where load balancers' addresses come from, e.g. `172.29.0.192/26`. */
  readonly balancerRanges?: readonly string[];
  /** Service addresses that the node serves by itself (cluster DNS): no rules are made for them. */
  readonly localAddresses: readonly string[];
  /** The host's address on the nodes' bridge: what it forwards here counts as the node's own traffic. */
  readonly gatewayAddresses: readonly string[];
  /** A folder on tmpfs for the text of transactions. */
  readonly runDirectory: string;
  readonly logger: Logger;
  readonly registry?: Registry | undefined;
  /** Where rules go; `nft` in this process's network namespace when left out. */
  readonly applier?: RulesetApplier;
  /** The process that makes foreign calls; the proxy ends it. Changes go by `nft` when left out. */
  readonly helper?: HelperClient | undefined;
  /** Balances at the sockets of pods what is simple enough; nftables alone when left out. */
  readonly sockets?: SocketBalancer | undefined;
  /** How often the kernel's rules are compared with ours; once a minute when left out. */
  readonly checkIntervalMs?: number;
  /** Removes UDP flows that no longer lead anywhere; by the `conntrack` command when left out. */
  readonly forgetFlows?: typeof forgetStaleFlows;
}

const serviceNameLabel = 'kubernetes.io/service-name';
const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';

/**
 * Keeps the kernel's rules for Services and host ports of this node as the API says, until `signal` is aborted.
 * Must run inside the node's network namespace. Rules stay when it ends, so that Services work without it.
 */
export async function startProxy(options: ProxyOptions, signal: AbortSignal): Promise<void> {
  const metrics = await createProxyMetrics(options.registry);
  await new ServiceProxy(options, metrics).run(signal);
}

class ServiceProxy {
  readonly #options: ProxyOptions;
  readonly #metrics: ProxyMetrics;
  readonly #applier: RulesetApplier;
  readonly #table = new RulesetTable();
  readonly #healthChecks: HealthChecks;
  readonly #loop: SyncLoop;
  /** Removes UDP flows after the rules that they no longer follow; the next rules do not wait for that. */
  readonly #flowLoop: SyncLoop;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #node: Informer<Node>;
  readonly #pods: Informer<Pod>;
  readonly #ranges: Informer<ServiceCIDR>;
  readonly #dirtyServices = new Set<string>();
  readonly #dirtyPods = new Set<string>();
  /** When the changes behind the dirty slices happened, in milliseconds since the epoch. */
  #triggerTimes: number[] = [];
  #configuration: ProxyConfiguration;
  #synced = false;
  #conntrackMissing = false;
  /** Counts syncs, so that a check knows whether one came in between. */
  #generation = 0;

  constructor(options: ProxyOptions, metrics: ProxyMetrics) {
    const { informers, logger, nodeName, runDirectory } = options;
    this.#options = options;
    this.#metrics = metrics;
    const onError = (err: unknown): void => logger.warn({ err }, 'cannot delete unused chains');
    this.#applier =
      options.applier ??
      new NftablesApplier({
        directory: runDirectory,
        helper: options.helper,
        onError,
        onPath: (path) => logger[path.by === 'nft' ? 'warn' : 'info'](path, 'chose how changes reach the kernel'),
      });
    this.#healthChecks = new HealthChecks({ addresses: options.nodeAddresses, logger });
    this.#services = informers.informer(services);
    this.#slices = informers.informer(endpointSlices);
    this.#node = informers.informer(nodes);
    this.#pods = informers.informer(pods, { fieldSelector: `spec.nodeName=${nodeName}` });
    this.#ranges = informers.informer(serviceCidrs);
    this.#configuration = configurationOf(options, undefined, []);
    this.#loop = new SyncLoop({
      sync: async (full) => {
        const podsChanged = this.#dirtyPods.size > 0;
        await this.#sync(full);
        // Rules first: what sockets are not given, nftables must already serve. They do not wait for each other.
        void options.sockets?.sync(full, podsChanged);
      },
      failed: (err, retryInMs) => {
        metrics.failed();
        logger.error({ err, retryInMs }, 'cannot bring the rules into the kernel; trying again with all of them');
      },
    });
    this.#flowLoop = new SyncLoop({
      sync: () => this.#forgetFlows(),
      failed: (err) => logger.error({ err }, 'cannot look for stale UDP flows'),
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { nodeName } = this.#options;
    this.#slices.addIndex('service', (slice) => [serviceKeyOf(slice) ?? '']);
    watch(this.#services, (service) => this.#serviceChanged(keyOf(service)));
    watch(this.#slices, (slice) => this.#sliceChanged(slice));
    // A slice may be handed from one Service to another.
    this.#slices.addHandlers({ update: (_, old) => this.#serviceChanged(serviceKeyOf(old) ?? '') });
    watch(this.#node, ({ metadata }) => metadata.name === nodeName && this.#configurationChanged());
    watch(this.#ranges, () => this.#configurationChanged());
    watch(this.#pods, (pod) => this.#podChanged(keyOf(pod)));
    const informers = [this.#services, this.#slices, this.#node, this.#pods, this.#ranges];
    const running = Promise.all(informers.map((informer) => informer.start(signal)));
    // Rules made from half of the objects would take Services away from pods that use them.
    const ready = Promise.all(informers.map((informer) => informer.synced)).then(
      () => this.#begin(),
      () => undefined,
    );
    const timer = setInterval(() => this.#check(), this.#options.checkIntervalMs ?? 60_000);
    timer.unref();
    await running;
    await ready;
    clearInterval(timer);
    this.#healthChecks.close();
    await this.#loop.close();
    await this.#flowLoop.close();
    await this.#applier.close();
    await this.#options.sockets?.close();
    this.#options.helper?.close();
  }

  #begin(): void {
    this.#synced = true;
    this.#configuration = this.#currentConfiguration();
    this.#loop.request(true);
  }

  #serviceChanged(key: string): void {
    if (key === '') return;
    this.#dirtyServices.add(key);
    if (this.#synced) this.#loop.request();
  }

  #sliceChanged(slice: EndpointSlice): void {
    const key = serviceKeyOf(slice);
    if (key === undefined) return;
    const trigger = Date.parse(slice.metadata.annotations?.[triggerTimeAnnotation] ?? '');
    // What happened before this proxy started says nothing of its speed.
    if (this.#synced && Number.isFinite(trigger)) this.#triggerTimes.push(trigger);
    this.#serviceChanged(key);
  }

  #podChanged(key: string): void {
    this.#dirtyPods.add(key);
    if (this.#synced) this.#loop.request();
  }

  #currentConfiguration(): ProxyConfiguration {
    return configurationOf(this.#options, this.#node.get(this.#options.nodeName), this.#ranges.list());
  }

  #configurationChanged(): void {
    if (!this.#synced) return;
    const next = this.#currentConfiguration();
    if (JSON.stringify(next) === JSON.stringify(this.#configuration)) return;
    this.#configuration = next;
    for (const service of this.#services.list()) this.#dirtyServices.add(keyOf(service));
    this.#loop.request(true);
  }

  async #sync(full: boolean): Promise<void> {
    const start = performance.now();
    this.#generation += 1;
    const triggers = this.#triggerTimes;
    this.#triggerTimes = [];
    this.#planDirty();
    const udpChanged = this.#table.udpChanged();
    const changes = this.#table.takeChanges();
    if (full) await this.#applier.replace(this.#table.ruleset(planSkeleton(this.#configuration)));
    else if (changes !== undefined) await this.#applier.change(changes);
    else return;
    const durationMs = performance.now() - start;
    this.#metrics.synced(full ? 'full' : 'partial', durationMs / 1000);
    this.#metrics.size(this.#table.size);
    const now = Date.now();
    for (const trigger of triggers) this.#metrics.programmed(Math.max(0, now - trigger) / 1000);
    this.#options.logger.debug({ full, durationMs }, 'synced the rules');
    if (full || udpChanged) this.#flowLoop.request();
  }

  #planDirty(): void {
    for (const key of this.#dirtyServices) {
      const service = this.#services.get(key);
      const slices = this.#slices.byIndex('service', key);
      const fragment = service === undefined ? undefined : planService(service, slices, this.#configuration);
      this.#table.set(`service/${key}`, fragment);
      this.#options.sockets?.set(
        key,
        service === undefined ? undefined : planSocketTargets(service, slices, this.#configuration),
      );
      const health = service && planHealthCheck(service, slices, this.#configuration.nodeName);
      this.#healthChecks.set(key, health);
    }
    this.#dirtyServices.clear();
    for (const key of this.#dirtyPods) {
      const pod = this.#pods.get(key);
      const fragment = pod === undefined ? undefined : planHostPorts(pod);
      this.#table.set(`pod/${key}`, fragment === undefined || fragment.chains.size === 0 ? undefined : fragment);
    }
    this.#dirtyPods.clear();
  }

  async #forgetFlows(): Promise<void> {
    const destinations = this.#table.udpDestinations();
    if (this.#conntrackMissing) return;
    const { logger, forgetFlows = forgetStaleFlows } = this.#options;
    const { serviceRanges } = this.#configuration;
    const { nodePortAddresses } = planSkeleton(this.#configuration);
    try {
      const forgotten = await forgetFlows({ destinations, nodePortAddresses, serviceRanges });
      if (forgotten.length > 0) logger.info({ flows: forgotten.length }, 'removed stale UDP flows');
    } catch (err) {
      this.#conntrackMissing = isConntrackMissing(err);
      // The rules are in place: sending them again would not help the flows.
      logger.warn({ err }, 'cannot remove stale UDP flows; clients may reach endpoints that are gone until they pause');
    }
  }

  #check(): void {
    if (this.#synced) void this.#options.sockets?.sync(true);
    if (!this.#synced || this.#table.size > 5000) return;
    const { logger } = this.#options;
    const generation = this.#generation;
    this.#applier.check(this.#table.ruleset(planSkeleton(this.#configuration))).then(
      (faults) => {
        // A sync that came in between explains any difference; the next check will tell.
        if (faults.length === 0 || generation !== this.#generation) return;
        logger.warn(
          { faults: faults.slice(0, 10), count: faults.length },
          'somebody changed the rules; repairing them',
        );
        this.#metrics.repaired();
        this.#loop.request(true);
      },
      (err: unknown) => logger.warn({ err }, 'cannot read the rules back'),
    );
  }
}

function watch<T extends KubeObject>(informer: Informer<T>, changed: (object: T) => unknown): void {
  const handler = (object: T): void => void changed(object);
  informer.addHandlers({ add: handler, update: handler, delete: handler });
}

function serviceKeyOf({ metadata }: EndpointSlice): string | undefined {
  const name = metadata.labels?.[serviceNameLabel];
  return name === undefined || name === '' ? undefined : `${metadata.namespace}/${name}`;
}

function configurationOf(
  options: ProxyOptions,
  node: Node | undefined,
  ranges: readonly ServiceCIDR[],
): ProxyConfiguration {
  const { nodeName, nodeAddresses, podRange, serviceRanges, localAddresses, gatewayAddresses } = options;
  const { balancerRanges = [] } = options;
  // Those of ServiceCIDRs come beside the one that is known from the start.
  const further = ranges.flatMap(({ spec }) => spec.cidrs ?? []);
  return {
    balancerRanges,
    nodeName,
    nodeAddresses,
    zone: node?.metadata.labels?.['topology.kubernetes.io/zone'],
    podRange,
    localPodRange: node?.spec?.podCIDR ?? podRange,
    serviceRanges: canonicalRanges([...serviceRanges, ...further]),
    localAddresses,
    gatewayAddresses,
  };
}
