import { readFile } from 'node:fs/promises';
import { kinds } from '../../api/kinds.ts';
import { createAuth } from '../../apiserver/auth/auth.ts';
import type { UserInfo } from '../../apiserver/auth/types.ts';
import { resourceMetricsKinds } from '../../apiserver/resource-metrics/answer.ts';
import { createApiServer } from '../../apiserver/server.ts';
import { createConnectHandlers } from '../../apiserver/streaming/connect-handlers.ts';
import { createNodeScraper } from '../../apiserver/streaming/node-scraper.ts';
import { createServiceDialer } from '../../apiserver/streaming/service-dialer.ts';
import { createInformerFactory } from '../../client/informer-factory.ts';
import { createApiClient } from '../../client/rest-client.ts';
import { startControllers } from '../../controllers/start.ts';
import { startBalancerRoutes } from '../../network/balancer-routes.ts';
import { apiServerPort, balancerRange, gatewayAddress, refusalMetric } from '../../network/layout.ts';
import { bridgeName } from '../../network/names.ts';
import { startServiceRangeRoutes } from '../../network/service-range-routes.ts';
import { startScheduler } from '../../scheduler/scheduler.ts';
import { keepHeapSmall } from '../../system/heap.ts';
import { dnsAddress, podRange, serviceRange } from '../addresses.ts';
import { nodesOf } from '../config.ts';
import { bridgeUrl } from '../network.ts';
import { ensureFrontProxy } from '../pki/pki.ts';
import type { PkiFiles } from '../pki/plan.ts';
import { pkiFiles } from '../pki/plan.ts';
import type { ProcessContext } from '../process.ts';
import { openStore } from '../store.ts';
import { kubernetesVersion } from '../version.ts';
import { bootstrapObjects } from './bootstrap-objects.ts';
import { ingressWarnings } from './ingress-warnings.ts';

const controllerManager: UserInfo = { name: 'system:kube-controller-manager', groups: ['system:authenticated'] };
const controllerOf = (account: string): UserInfo => ({
  name: `system:serviceaccount:kube-system:${account}`,
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
});
const scheduler: UserInfo = { name: 'system:kube-scheduler', groups: ['system:authenticated'] };

async function readKeys(pki: PkiFiles) {
  const text = (file: string): Promise<string> => readFile(file, 'utf8');
  const pair = async ({ certificateFile, keyFile }: { certificateFile: string; keyFile: string }) => ({
    cert: await text(certificateFile),
    key: await text(keyFile),
  });
  const [ca, authorityKey, serving, kubeletClient, requestHeaderCa, frontProxy, serviceAccountKey] = await Promise.all([
    text(pki.authority.certificateFile),
    text(pki.authority.keyFile),
    pair(pki.apiServer),
    pair(pki.apiServerKubeletClient),
    text(pki.frontProxyAuthority.certificateFile),
    pair(pki.frontProxyClient),
    text(pki.serviceAccountKeyFile),
  ]);
  return { ca, authorityKey, serving, kubeletClient, requestHeaderCa, frontProxy, serviceAccountKey };
}

/** Serves the API on the nodes' bridge, and runs controllers and scheduler beside it, until the process is to end. */
export async function startServer(context: ProcessContext, onReady: () => Promise<void>): Promise<void> {
  const { config, paths, logger, signal } = context;
  // A cluster that was set up by an older version has none yet.
  await ensureFrontProxy(paths.pki);
  const keys = await readKeys(pkiFiles(paths.pki));
  // Only a new process opens the store anew: the supervisor starts it.
  const onFailed = (): void => void setImmediate(() => process.exit(1));
  const store = await openStore(config, paths, { logger, onFailed });
  const auth = await createAuth({
    store,
    logger,
    serviceAccountKey: keys.serviceAccountKey,
    externalUrl: bridgeUrl(config),
  });
  const gateway = gatewayAddress(config);
  const kubeletTls = { ...keys.kubeletClient, ca: keys.ca };
  const { first, last } = config.nodePortRange;
  const server = await createApiServer({
    ...auth,
    admission: [...auth.admission, ingressWarnings],
    store,
    kinds: [...kinds, ...resourceMetricsKinds],
    logger,
    serviceRange,
    ...(first === 0 ? {} : { nodePortRange: { from: first, to: last } }),
    advertise: { address: gateway, port: apiServerPort },
    reservedServiceAddresses: [dnsAddress],
    connect: createConnectHandlers({ kubeletTls, logger }),
    dialService: createServiceDialer(kubeletTls),
    scrapeNode: createNodeScraper(kubeletTls),
    aggregation: {
      ...keys.frontProxy,
      clientCa: keys.ca,
      requestHeaderCa: keys.requestHeaderCa,
      allowedNames: ['front-proxy-client'],
    },
    bootstrapObjects: [...auth.bootstrapObjects, ...bootstrapObjects()],
    version: { gitVersion: `${kubernetesVersion}+cox`, gitCommit: '', buildDate: '' },
  });
  const clientOf = (user: UserInfo, userAgent: string) => createApiClient(server.transport(user), { userAgent });
  const controllers = clientOf(controllerManager, 'kube-controller-manager');
  const informers = createInformerFactory(controllers, { signal, logger });
  const running = [
    startControllers(
      {
        client: controllers,
        clientFor: (account) => clientOf(controllerOf(account), account),
        informers,
        logger,
        rootCa: keys.ca,
        clusterAuthority: { certificate: keys.ca, key: keys.authorityKey },
        volumesDirectory: paths.volumes,
        podRange,
        loadBalancerRange: balancerRange(config),
        podCidrOf: ({ metadata }) => nodesOf(config).find(({ name }) => name === metadata.name)?.podCidr,
      },
      signal,
    ),
    startScheduler({ client: clientOf(scheduler, 'kube-scheduler'), logger, informers }, signal),
    startServiceRangeRoutes(
      {
        informers,
        place: { at: 'host', metric: refusalMetric(config.subnet) },
        known: [serviceRange, podRange],
        runDirectory: paths.run,
        logger: logger.child({ part: 'network' }),
      },
      signal,
    ),
    startBalancerRoutes(
      {
        informers,
        range: balancerRange(config),
        bridge: bridgeName(config.name),
        runDirectory: paths.run,
        logger: logger.child({ part: 'network' }),
      },
      signal,
    ),
  ];
  await server.listen({ host: gateway, port: apiServerPort, tls: { ...keys.serving, ca: keys.ca } });
  logger.info({ address: gateway, port: apiServerPort }, 'API server listens');
  await onReady();
  keepHeapSmall();
  await Promise.all(running);
  await server.close();
  auth.stop();
  await store.close();
}
