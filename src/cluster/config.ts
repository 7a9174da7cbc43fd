import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { nodeAddress } from '../network/layout.ts';
import { podCidr } from './addresses.ts';
import type { UsedKubeconfig } from './kubeconfig.ts';
import { UserError } from './user-error.ts';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A registry and where its images are to be fetched from instead. */
export interface Mirror {
  readonly registry: string;
  readonly url: string;
}

/** An etcd that keeps the cluster's objects; the files are PEM, their paths absolute. */
export interface EtcdOptions {
  readonly endpoints: readonly string[];
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** What the user asked for; port 0 means "not published". */
export interface ClusterOptions {
  readonly name: string;
  readonly nodes: number;
  readonly isolated: boolean;
  readonly apiPort: number;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly nodePortRange: PortRange;
  readonly mirrors: readonly Mirror[];
  /** Whether sockets of pods are balanced by eBPF where the kernel allows it; yes when left out. */
  readonly socketBalancing?: boolean;
  /** Where objects are kept; in a file of the cluster's own when left out. */
  readonly store?: EtcdOptions;
}

export interface NodeConfig {
  readonly name: string;
  /** Counted from 1. */
  readonly index: number;
  readonly address: string;
  readonly podCidr: string;
}

/** A cluster as it was set up: `cluster.json`, kept from the first `up` to `delete`. */
export interface ClusterConfig extends ClusterOptions {
  readonly formatVersion: 2;
  readonly dataDirectory: string;
  /** The kubeconfigs that have the cluster's context, the newest last. */
  readonly kubeconfigs: readonly UsedKubeconfig[];
  /** The largest packet of nodes and pods, where what is outside carries less than usual. */
  readonly mtu?: number;
  /** The nodes' network, a /24. */
  readonly subnet: string;
}

export const defaultOptions: ClusterOptions = {
  name: 'cox',
  nodes: 2,
  isolated: false,
  apiPort: 6443,
  httpPort: 80,
  httpsPort: 443,
  nodePortRange: { first: 30000, last: 32767 },
  mirrors: [],
};

/** At most so many nodes find room in the pod range, a /24 each. */
export const maxNodes = 63;

export function nodesOf(config: Pick<ClusterConfig, 'nodes' | 'subnet'>): readonly NodeConfig[] {
  return Array.from({ length: config.nodes }, (_, position) => {
    const index = position + 1;
    return {
      name: `kube-worker-${index}`,
      index,
      address: nodeAddress(config, index),
      podCidr: podCidr(index),
    };
  });
}

/** A cluster's name goes into host names, links and contexts. Throws UserError when it does not fit. */
export function checkName(name: string): string {
  if (!/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/.test(name)) {
    throw new UserError(
      `"${name}" is no cluster name: use 1 to 20 lower-case letters, digits and hyphens, a letter first and no hyphen last.`,
    );
  }
  return name;
}

/** Reads `30000-32767`; `0-0` stands for "not published". */
export function parsePortRange(text: string): PortRange {
  const match = /^(\d+)-(\d+)$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (match !== null && first === 0 && last === 0) return { first, last };
  if (match === null || first < 1 || last > 65535 || first > last) {
    throw new UserError(
      `--node-port-range "${text}" is no port range: write it as FIRST-LAST, for example 30000-32767.`,
    );
  }
  return { first, last };
}

/** Reads a port for `flag`; 0 stands for "not published". */
export function parsePort(flag: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) {
    throw new UserError(`${flag} "${text}" is no port: give a number from 1 to 65535, or 0 to publish nothing.`);
  }
  return port;
}

/** Reads `docker.io=https://mirror.example:5000`. */
export function parseMirror(text: string): Mirror {
  const separator = text.indexOf('=');
  const registry = text.slice(0, separator);
  const url = text.slice(separator + 1);
  if (
    separator < 1 ||
    !/^[A-Za-z0-9.-]+(:\d+)?$/.test(registry) ||
    !/^https?:\/\/[^\s"']+$/.test(url) ||
    !URL.canParse(url)
  ) {
    throw new UserError(
      `--mirror "${text}" is not of the form REGISTRY=URL, for example docker.io=https://mirror.example:5000.`,
    );
  }
  return { registry, url };
}

/** Reads `https://etcd-1.example:2379,https://etcd-2.example:2379`. */
export function parseEndpoints(text: string): readonly string[] {
  const endpoints = text.split(',').map((endpoint) => endpoint.replace(/\/$/, ''));
  for (const endpoint of endpoints) {
    if (!/^https?:\/\/[^\s/"'@]+$/.test(endpoint) || !URL.canParse(endpoint)) {
      throw new UserError(
        `--store "${text}" does not say where an etcd is: write URLs with commas between, for example https://etcd.example:2379.`,
      );
    }
  }
  return endpoints;
}

/** The cluster's configuration, or undefined where there is none. */
export function readConfig(file: string): ClusterConfig | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let config: ClusterConfig;
  try {
    config = JSON.parse(text) as ClusterConfig;
  } catch (error) {
    throw new UserError(`${file} is damaged: "cox delete" removes the cluster, "cox up" makes a new one.`, {
      cause: error,
    });
  }
  if (config.formatVersion !== 2) {
    throw new UserError(
      `${file} was written by another version of Coxswain: use that one, or "cox delete" the cluster first.`,
    );
  }
  return config;
}

export function writeConfig(file: string, config: ClusterConfig): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(config, null, 2)}\n`);
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}
