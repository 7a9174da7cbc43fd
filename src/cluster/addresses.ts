/** The ranges that every cluster uses inside; no cluster's inside is seen by another or by the host. */
export const podRange = '10.233.64.0/18';
export const serviceRange = '10.233.0.0/18';
export const kubernetesAddress = '10.233.0.1';
export const dnsAddress = '10.233.0.3';
export const clusterDomain = 'cluster.local';
/** Where the API server listens on the bridge. */
export const apiServerPort = 6443;
export const kubeletPort = 10250;
export const registryPort = 5000;

/** Address `host` of the /24 that starts with `subnet` (`172.30.5.0/24`). */
export function hostAddress(subnet: string, host: number): string {
  return `${subnet.slice(0, subnet.lastIndexOf('.'))}.${host}`;
}

/** The bridge's own address in the node network. */
export const bridgeAddress = (subnet: string): string => hostAddress(subnet, 1);
/** The address of node `index`, counted from 1. */
export const nodeAddress = (subnet: string, index: number): string => hostAddress(subnet, 10 + index);
/** The pods' /24 of node `index`, counted from 1. */
export const podCidr = (index: number): string => `10.233.${63 + index}.0/24`;
