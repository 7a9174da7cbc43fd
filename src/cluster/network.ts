import { apiServerPort, gatewayAddress } from '../network/layout.ts';
import type { ClusterNetwork } from '../network/layout.ts';
import { dnsAddress, podRange, serviceRange } from './addresses.ts';
import type { ClusterConfig } from './config.ts';
import { nodesOf } from './config.ts';

/** The network that a cluster's configuration asks for. */
export function networkOf(config: ClusterConfig): ClusterNetwork {
  const { nodePortRange } = config;
  return {
    cluster: config.name,
    subnet: config.subnet,
    nodes: nodesOf(config).map(({ index }) => index),
    podRange,
    serviceRange,
    dnsAddress,
    isolated: config.isolated,
    ...(config.mtu === undefined ? {} : { mtu: config.mtu }),
    publish: {
      api: config.apiPort,
      http: config.httpPort,
      https: config.httpsPort,
      nodePorts: nodePortRange.first === 0 ? undefined : { from: nodePortRange.first, to: nodePortRange.last },
    },
  };
}

/** Where this machine reaches the API server: as published on loopback, else on the nodes' bridge. */
export function apiServerUrl(config: ClusterConfig): string {
  return config.apiPort === 0 ? bridgeUrl(config) : `https://127.0.0.1:${config.apiPort}`;
}

/** Where the cluster's own processes reach the API server. */
export function bridgeUrl(config: Pick<ClusterConfig, 'subnet'>): string {
  return `https://${gatewayAddress(config)}:${apiServerPort}`;
}
