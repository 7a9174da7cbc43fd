import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where one node keeps its things. */
export interface NodePaths {
  /** On disk, kept over `down`. */
  readonly data: string;
  /** On tmpfs: sockets, mounts, rendered files. */
  readonly run: string;
  readonly containerdSocket: string;
  readonly dnsMetricsSocket: string;
  /** Its nginx: configuration, sockets, temporary files. */
  readonly nginx: string;
  /** The handle of its network namespace. */
  readonly namespace: string;
}

/** Where one cluster keeps its things. */
export interface ClusterPaths {
  /** On disk, kept over `down`, removed by `delete`. */
  readonly data: string;
  /** On tmpfs, gone after `down`. */
  readonly run: string;
  readonly config: string;
  readonly pki: string;
  readonly store: string;
  readonly logs: string;
  readonly volumes: string;
  readonly registry: string;
  /** One file for each component that ought to run. */
  readonly components: string;
  /** One file for each component that was started: its process id and start time. */
  readonly processes: string;
  /** One file for each thing that a running process declares done. */
  readonly ready: string;
  readonly adminKubeconfig: string;
  node(name: string): NodePaths;
}

/** Where clusters keep their data unless told otherwise. */
export const dataRoot = '/var/lib/cox';
/** Every cluster of this machine that is up has a folder here. */
export const runRoot = '/run/cox';
/** What all clusters of this machine share: what was changed of the host, and on whose behalf. */
export const hostStateDirectory = join(runRoot, '.host');

/** The layout of cluster `name`; `dataDirectory` replaces the usual place on disk. */
export function clusterPaths(name: string, dataDirectory: string = join(dataRoot, name)): ClusterPaths {
  const run = join(runRoot, name);
  return {
    data: dataDirectory,
    run,
    config: join(dataDirectory, 'cluster.json'),
    pki: join(dataDirectory, 'pki'),
    store: join(dataDirectory, 'store'),
    logs: join(dataDirectory, 'logs'),
    volumes: join(dataDirectory, 'volumes'),
    registry: join(dataDirectory, 'registry'),
    components: join(run, 'components'),
    processes: join(run, 'processes'),
    ready: join(run, 'ready'),
    adminKubeconfig: join(dataDirectory, 'admin.kubeconfig'),
    node(node) {
      return {
        data: join(dataDirectory, 'nodes', node),
        run: join(run, 'nodes', node),
        containerdSocket: join(run, 'nodes', node, 'containerd.sock'),
        dnsMetricsSocket: join(run, 'nodes', node, 'dns-metrics.sock'),
        nginx: join(run, 'nodes', node, 'nginx'),
        namespace: join('/run/netns', `cox-${name}-${node.slice(node.lastIndexOf('-') + 1)}`),
      };
    },
  };
}

/** The names of the nodes that run, or have run since the last `down`. */
export function nodesWithState(paths: Pick<ClusterPaths, 'run'>): readonly string[] {
  const folder = join(paths.run, 'nodes');
  return existsSync(folder) ? readdirSync(folder) : [];
}
