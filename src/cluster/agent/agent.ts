import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { endpointSlices, services } from '../../api/resources.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import type { InformerFactory } from '../../client/informer-factory.ts';
import { createInformerFactory } from '../../client/informer-factory.ts';
import { startIngress } from '../../ingress/ingress.ts';
import { canLowerOomScore } from '../../kubelet/containerd/command.ts';
import { createKubelet } from '../../kubelet/kubelet.ts';
import { startKubeletServer } from '../../kubelet/server/server.ts';
import { balancerRange, gatewayAddress } from '../../network/layout.ts';
import { startNodeNetwork } from '../../network/node-routes.ts';
import { startServiceRangeRoutes } from '../../network/service-range-routes.ts';
import { HelperClient } from '../../proxy/helper/client.ts';
import { startProxy } from '../../proxy/proxy.ts';
import { registerProcessMetrics } from '../../system/process-metrics.ts';
import { clientWith } from '../access.ts';
import { clusterDomain, dnsAddress, kubeletPort, podRange, serviceRange } from '../addresses.ts';
import { clusterCgroup } from '../cgroups.ts';
import { nginxOptions } from '../components.ts';
import { nodesOf } from '../config.ts';
import { readMetrics } from '../dns/metrics-socket.ts';
import { bridgeUrl } from '../network.ts';
import { pauseArchive } from '../node-files.ts';
import type { KeyPairFiles } from '../pki/plan.ts';
import { pkiFiles } from '../pki/plan.ts';
import type { NodeProcessContext } from '../process.ts';
import { socketBalancerOf } from '../socket-balancing.ts';
import { kubernetesVersion } from '../version.ts';
import { prepareRuntime } from './prepare-runtime.ts';

/** What an agent has done, as `cox up` waits for it. */
export interface AgentNotices {
  readonly onNodeReady: () => void;
  readonly onIngressReady: () => void;
}

/** Runs a node's kubelet, network, Service proxy and Ingress controller, inside its network namespace, each under an identity of its own. */
export async function startAgent(context: NodeProcessContext, notices: AgentNotices): Promise<void> {
  const { config, paths, node, logger, signal } = context;
  const pki = pkiFiles(paths.pki, [node.name]);
  const keys = pki.nodes[node.name];
  if (keys === undefined) throw new Error(`there are no keys for ${node.name}`);
  const nodePaths = paths.node(node.name);
  const registry = new Registry();
  registerProcessMetrics(registry);
  const as = (identity: KeyPairFiles, userAgent: string, component: string) => {
    const own = logger.child({ part: component });
    const { client } = clientWith({ server: bridgeUrl(config), pki, identity, userAgent });
    return { client, logger: own, informers: createInformerFactory(client, { signal, logger: own }) };
  };
  const kubelet = as(keys.client, 'kubelet', 'kubelet');
  const proxy = as(pki.kubeProxy, 'kube-proxy', 'proxy');
  const ingress = as(pki.ingress, 'ingress-nginx', 'ingress');
  // Services and their endpoints are the bulk of what an agent keeps: the proxy's watch of them serves the others too.
  const kept = new Set<string>([services, endpointSlices].map(({ plural }) => plural));
  const withShared = (own: InformerFactory): InformerFactory => ({
    informer: (resource, query) =>
      (query === undefined && kept.has(resource.plural) ? proxy.informers : own).informer(resource, query),
  });
  const recorderOf = ({ client, logger: own }: typeof kubelet, component: string) =>
    createEventRecorder(client, { component, host: node.name, logger: own });

  const core = createKubelet({
    client: kubelet.client,
    informers: withShared(kubelet.informers),
    recorder: recorderOf(kubelet, 'kubelet'),
    logger: kubelet.logger,
    nodeName: node.name,
    nodeAddress: node.address,
    hostname: node.name,
    runtimeSocket: nodePaths.containerdSocket,
    rootDirectory: join(nodePaths.data, 'kubelet'),
    podLogDirectory: join(nodePaths.data, 'pod-logs'),
    kubeletPort,
    clusterDns: [dnsAddress],
    clusterDomain,
    kubernetesVersion,
    cgroupParent: clusterCgroup(config.name, node.name),
    canLowerOomScore: canLowerOomScore(),
    onReady: notices.onNodeReady,
  });
  // What the node's DNS server counts is served here as well: this server knows who asks.
  const all = {
    contentType: registry.contentType,
    metrics: async () => `${await registry.metrics()}${await readMetrics(nodePaths.dnsMetricsSocket)}`,
  };
  const helper = new HelperClient();
  const sockets = await socketBalancerOf(config.socketBalancing ?? true, paths, node, {
    logger: proxy.logger,
    helper,
  });
  const tls = {
    cert: readFileSync(keys.serving.certificateFile),
    key: readFileSync(keys.serving.keyFile),
    clientCa: readFileSync(pki.authority.certificateFile),
  };
  await Promise.all([
    prepareRuntime(nodePaths, pauseArchive(paths), logger, signal).then(() => core.run(signal)),
    startKubeletServer(
      { backend: core.backend, address: node.address, port: kubeletPort, tls, logger: kubelet.logger, registry: all },
      signal,
    ),
    startNodeNetwork(
      {
        informers: kubelet.informers,
        nodeName: node.name,
        known: new Map(
          nodesOf(config).map(({ name, podCidr, address }) => [name, { podRange: podCidr, nodeAddress: address }]),
        ),
        runDirectory: nodePaths.run,
        logger: logger.child({ part: 'network' }),
      },
      signal,
    ),
    startServiceRangeRoutes(
      {
        informers: proxy.informers,
        place: { at: 'node', address: node.address },
        known: [serviceRange, podRange],
        runDirectory: nodePaths.run,
        logger: logger.child({ part: 'network' }),
      },
      signal,
    ),
    startProxy(
      {
        informers: proxy.informers,
        nodeName: node.name,
        nodeAddresses: [node.address],
        podRange,
        serviceRanges: [serviceRange],
        balancerRanges: [balancerRange(config)],
        localAddresses: [dnsAddress],
        gatewayAddresses: [gatewayAddress(config)],
        runDirectory: nodePaths.run,
        logger: proxy.logger,
        registry,
        sockets,
        helper,
      },
      signal,
    ),
    startIngress(
      {
        ...nginxOptions(nodePaths),
        requestLog: join(paths.logs, `${node.name}.requests.log`),
        client: ingress.client,
        informers: withShared(ingress.informers),
        recorder: recorderOf(ingress, 'nginx-ingress-controller'),
        logger: ingress.logger,
        nodeName: node.name,
        publishAddresses: nodesOf(config).map(({ address }) => address),
        onReady: notices.onIngressReady,
        registry,
      },
      signal,
    ),
  ]);
}
