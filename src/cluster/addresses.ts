/** The ranges that every cluster uses inside; no cluster's inside is seen by another or by the host. */
export const podRange = '10.233.64.0/18';
export const serviceRange = '10.233.0.0/18';
export const dnsAddress = '10.233.0.3';
export const clusterDomain = 'cluster.local';
export const kubeletPort = 10250;
export const registryPort = 5000;

/** The pods' /24 of node `index`, counted from 1. */
export const podCidr = (index: number): string => `10.233.${63 + index}.0/24`;
