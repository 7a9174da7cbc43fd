import type { UserInfo } from './auth/types.ts';
import { AdmissionChain } from './admission/chain.ts';
import { withExpressionsJudged } from './admission/dynamic/definition-faults.ts';
import { MutationAdmission } from './admission/dynamic/mutations.ts';
import { PolicyAdmission } from './admission/dynamic/policies.ts';
import { WebhookAdmission } from './admission/dynamic/webhooks.ts';
import { builtInAdmission } from './admission/built-in.ts';
import { resourceQuotaAdmission } from './admission/quota/resource-quota.ts';
import { Aggregation } from './aggregation/aggregation.ts';
import { ServiceAllocator } from './allocators/services.ts';
import { keepDefaultRange } from './bootstrap/default-range.ts';
import { LocalApiServices } from './bootstrap/api-services.ts';
import { FlowSchemaStatus } from './bootstrap/flow-schema-status.ts';
import { bootstrap } from './bootstrap/start.ts';
import { withDeepValidation } from './crd/definition-kind.ts';
import { CustomResourceDefinitions } from './crd/definitions.ts';
import { Discovery } from './discovery/discovery.ts';
import type { InProcessTransport } from './http/in-process.ts';
import { inProcessTransport } from './http/in-process.ts';
import type { Listener, ListenOptions } from './http/listener.ts';
import { listen } from './http/listener.ts';
import { OpenApi } from './openapi/openapi.ts';
import type { ApiServerOptions } from './options.ts';
import type { Core } from './registry/core.ts';
import { EventExpiry } from './registry/event-expiry.ts';
import { KindRegistry } from './registry/kind-registry.ts';
import { admissionContext, objectReader } from './registry/reader.ts';
import { UsageSource } from './resource-metrics/source.ts';
import { ServerMetrics } from './routing/metrics.ts';
import { pathHandler } from './routing/paths.ts';
import { Router } from './routing/router.ts';
import { WebhookClient } from './webhook/client.ts';
import { BookmarkClock } from './watch/bookmark-clock.ts';
import { FanOut } from './watch/fan-out.ts';

export type { InProcessTransport } from './http/in-process.ts';
export type { Listener, ListenOptions } from './http/listener.ts';

/** A running API server: its state is the store's, its front ends are `listen` and `transport`. */
export interface ApiServer {
  /** Serves HTTPS; may be called more than once, for several addresses. */
  listen(options: ListenOptions): Promise<Listener>;
  /** A transport for clients in this process, all of whose requests come from `user`. */
  transport(user: UserInfo): InProcessTransport;
  /** Ends all connections and watches. The store stays open: it is the caller's. */
  close(): Promise<void>;
}

const defaultServiceRange = '10.233.0.0/18';
const defaultNodePorts = { from: 30_000, to: 32_767 };

/** Builds an API server over a store; resolves when the objects that every cluster has are there. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { store, logger, serviceRange = defaultServiceRange } = options;
  const kinds = new KindRegistry(options.kinds.map(withDeepValidation).map(withExpressionsJudged));
  const nodePorts = options.nodePortRange ?? defaultNodePorts;
  const reserved = options.reservedServiceAddresses ?? [];
  const services = new ServiceAllocator({ store, logger, nodePorts, reserved });
  await services.follow();
  const webhooks = new WebhookClient({ reader: admissionContext(store), dialService: options.dialService });
  const webhookAdmission = new WebhookAdmission({ kinds, client: webhooks, authorizer: options.authorizer, logger });
  const policies = new PolicyAdmission({ kinds, authorizer: options.authorizer, logger });
  await policies.start(store);
  const mutations = new MutationAdmission({ kinds, authorizer: options.authorizer, logger });
  await mutations.start(store);
  await webhookAdmission.start(store);
  // Quotas come last: what another rule refuses must not be charged.
  const plugins = [
    ...builtInAdmission(options.authorizer, logger),
    ...(options.admission ?? []),
    mutations.mutating,
    webhookAdmission.mutating,
    policies.validating,
    webhookAdmission.validating,
    resourceQuotaAdmission(store),
  ];
  const core: Core = {
    store,
    kinds,
    admission: new AdmissionChain(plugins, admissionContext(store)),
    read: objectReader(store),
    authorizer: options.authorizer,
    allocators: { services: services.allocate },
    logger,
    webhooks,
  };
  const definitions = new CustomResourceDefinitions(core);
  await definitions.start();
  const aggregation = new Aggregation(core, options.aggregation, options.dialService);
  const clock = new BookmarkClock(store);
  const fanOut = new FanOut(store, logger);
  const events = new EventExpiry(store, logger);
  await events.start();
  const metrics = new ServerMetrics(store, kinds);
  let isStarted = false;
  const { version, documents = {}, connect, issueToken, reviews = {} } = options;
  const usage = options.scrapeNode === undefined ? undefined : new UsageSource(options.scrapeNode, logger);
  const router = new Router({
    authenticator: options.authenticator,
    authorizer: options.authorizer,
    parts: {
      core,
      clock,
      fanOut,
      connect,
      usage,
      issueToken,
      reviews,
      watchOpened: (info) => metrics.watchOpened(info),
    },
    aggregation,
    paths: pathHandler({
      store,
      version,
      documents,
      metrics,
      discovery: new Discovery(kinds, aggregation),
      openApi: new OpenApi(kinds, aggregation),
      isStarted: () => isStarted,
    }),
    metrics,
    logger,
  });
  await bootstrap({ core, serviceRange, advertise: options.advertise, objects: options.bootstrapObjects ?? [] });
  const defaultRange = await keepDefaultRange(core, serviceRange);
  const apiServices = new LocalApiServices(core);
  await apiServices.start();
  await aggregation.start();
  const flowSchemas = new FlowSchemaStatus(core);
  await flowSchemas.start();
  isStarted = true;
  const open = new Set<{ close(): Promise<void> }>();
  return {
    async listen(listenOptions) {
      const listener = await listen(listenOptions, {
        handle: (request) => router.handle(request),
        upgrade: (request, message, socket, head) => router.upgrade(request, message, socket, head),
        logger,
      });
      open.add(listener);
      return listener;
    },
    transport(user) {
      const transport = inProcessTransport((request) => router.handle(request), user);
      open.add(transport);
      return transport;
    },
    async close() {
      await Promise.all([...open].map((each) => each.close()));
      await apiServices.stop();
      await aggregation.stop();
      flowSchemas.stop();
      services.stop();
      defaultRange.stop();
      events.stop();
      definitions.stop();
      clock.close();
      fanOut.close();
      mutations.stop();
      policies.stop();
      webhookAdmission.stop();
      webhooks.close();
    },
  };
}
