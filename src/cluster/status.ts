import { existsSync } from 'node:fs';
import type { Node } from '../api/core/node.schema.ts';
import { endpointSlices, nodes, services } from '../api/resources.ts';
import { clientWith } from './access.ts';
import { componentNames } from './components.ts';
import type { ClusterConfig } from './config.ts';
import { nodesOf } from './config.ts';
import { apiServerUrl, bridgeUrl } from './network.ts';
import type { ClusterPaths } from './paths.ts';
import { pkiFiles } from './pki/plan.ts';
import type { DataPlane } from '../proxy/socket/balancer.ts';
import { readDataPlane } from './socket-balancing.ts';
import { isReady } from './ready.ts';
import { unansweredServices } from './service-notes.ts';
import { readComponents, readProcesses } from './supervisor/component-files.ts';
import { isRunning } from './supervisor/process-identity.ts';
import { findSupervisor } from './supervisor/start.ts';
import { kubernetesVersion } from './version.ts';

/** Something that is wrong, and what to do about it. */
export interface Problem {
  readonly what: string;
  readonly remedy: string;
}

export interface ComponentStatus {
  readonly name: string;
  readonly state: 'ready' | 'starting' | 'stopped';
  readonly pid: number | undefined;
}

export interface NodeStatus {
  readonly name: string;
  readonly address: string;
  readonly podRange: string;
  /** As the API says; `Unknown` while it does not answer. */
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly message: string;
  /** What carries its pods' connections to Services, and why; undefined while its agent has not said. */
  readonly dataPlane: DataPlane | undefined;
}

export interface ClusterStatus {
  readonly name: string;
  readonly state: 'running' | 'degraded' | 'stopped';
  readonly version: string;
  readonly apiServer: string;
  readonly kubeconfig: string;
  readonly dataDirectory: string;
  readonly isolated: boolean;
  readonly published: readonly { readonly what: string; readonly address: string }[];
  readonly nodes: readonly NodeStatus[];
  readonly components: readonly ComponentStatus[];
  readonly problems: readonly Problem[];
  /** Services, as `namespace/name`, that select pods and have none ready: often a slip of a manifest, no fault of the cluster. */
  readonly unansweredServices: readonly string[];
}

/** How a cluster does now. */
export async function statusOf(config: ClusterConfig, paths: ClusterPaths): Promise<ClusterStatus> {
  const isUp = existsSync(paths.run);
  const components = isUp ? componentsOf(config, paths) : [];
  const answer = isUp ? await askServer(config, paths) : { nodes: [], unanswered: [], error: undefined };
  const nodeStatuses = nodesOf(config).map(({ name, address, podCidr }) => ({
    name,
    address,
    podRange: podCidr,
    dataPlane: readDataPlane(paths.node(name)),
    ...readinessOf(answer.nodes.find(({ metadata }) => metadata.name === name)),
  }));
  const problems = isUp ? problemsOf(config, paths, components, nodeStatuses, answer.error) : [];
  return {
    name: config.name,
    state: !isUp ? 'stopped' : problems.length === 0 ? 'running' : 'degraded',
    version: kubernetesVersion,
    apiServer: apiServerUrl(config),
    kubeconfig: config.kubeconfigs.at(-1)?.file ?? '',
    dataDirectory: config.dataDirectory,
    isolated: config.isolated,
    published: publishedOf(config),
    nodes: nodeStatuses,
    components,
    problems,
    unansweredServices: answer.unanswered,
  };
}

function publishedOf(config: ClusterConfig): ClusterStatus['published'] {
  const { first, last } = config.nodePortRange;
  const all = [
    { what: 'API', port: config.apiPort, address: `https://127.0.0.1:${config.apiPort}` },
    { what: 'Ingress, HTTP', port: config.httpPort, address: `http://127.0.0.1:${config.httpPort}` },
    { what: 'Ingress, HTTPS', port: config.httpsPort, address: `https://127.0.0.1:${config.httpsPort}` },
    { what: 'node ports', port: first, address: `127.0.0.1:${first}-${last}` },
  ];
  return all.filter(({ port }) => port !== 0).map(({ what, address }) => ({ what, address }));
}

/** What a component declares when it does its work, where it declares anything. */
function declarations(config: ClusterConfig): ReadonlyMap<string, string> {
  return new Map([
    [componentNames.server, componentNames.server],
    ...nodesOf(config).flatMap(({ name }): (readonly [string, string])[] => [
      [componentNames.agent(name), `${name}.ingress`],
      [componentNames.dns(name), componentNames.dns(name)],
    ]),
  ]);
}

function componentsOf(config: ClusterConfig, paths: ClusterPaths): readonly ComponentStatus[] {
  const declared = declarations(config);
  const processes = readProcesses(paths);
  const supervisor = findSupervisor(paths);
  return [
    { name: 'supervisor', state: supervisor === undefined ? 'stopped' : 'ready', pid: supervisor?.pid },
    ...[...readComponents(paths).keys()].toSorted().map((name): ComponentStatus => {
      const identity = processes.get(name);
      if (identity === undefined || !isRunning(identity)) return { name, state: 'stopped', pid: undefined };
      const what = declared.get(name);
      return {
        name,
        state: what === undefined || isReady(paths, what, identity) ? 'ready' : 'starting',
        pid: identity.pid,
      };
    }),
  ];
}

async function askServer(
  config: ClusterConfig,
  paths: ClusterPaths,
): Promise<{ nodes: readonly Node[]; unanswered: readonly string[]; error: Error | undefined }> {
  const pki = pkiFiles(paths.pki);
  if (!existsSync(pki.admin.keyFile)) return { nodes: [], unanswered: [], error: new Error('the cluster has no keys') };
  const { client, close } = clientWith({ server: bridgeUrl(config), pki, identity: pki.admin, userAgent: 'cox' });
  const giveUp = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('no answer within 3 s')), 3000).unref();
  });
  try {
    const lists = Promise.all([client.list(nodes), client.list(services), client.list(endpointSlices)]);
    const [nodeList, serviceList, sliceList] = await Promise.race([lists, giveUp]);
    const unanswered = unansweredServices(serviceList.items, sliceList.items);
    return { nodes: nodeList.items, unanswered, error: undefined };
  } catch (error) {
    return { nodes: [], unanswered: [], error: error as Error };
  } finally {
    await close();
  }
}

function readinessOf(node: Node | undefined): Pick<NodeStatus, 'ready' | 'message'> {
  const condition = node?.status?.conditions?.find(({ type }) => type === 'Ready');
  if (condition === undefined)
    return { ready: 'Unknown', message: node === undefined ? 'not registered' : 'no report yet' };
  return {
    ready: condition.status as NodeStatus['ready'],
    message: condition.status === 'True' ? '' : (condition.message ?? ''),
  };
}

function problemsOf(
  config: ClusterConfig,
  paths: ClusterPaths,
  components: readonly ComponentStatus[],
  nodeStatuses: readonly NodeStatus[],
  apiError: Error | undefined,
): readonly Problem[] {
  const again = `cox up${config.name === 'cox' ? '' : ` --name ${config.name}`}`;
  const logs = (name: string): string =>
    `"cox logs ${name}${config.name === 'cox' ? '' : ` --name ${config.name}`}" says why`;
  const problems: Problem[] = [];
  for (const { name, state } of components) {
    if (state === 'stopped' && name === 'supervisor') {
      problems.push({ what: 'the supervisor has ended: what ends now is not started again', remedy: `run "${again}"` });
    } else if (state === 'stopped') {
      problems.push({ what: `${name} is not running`, remedy: `${logs(name)}; "${again}" starts it` });
    } else if (state === 'starting') {
      problems.push({
        what: `${name} runs, but does not serve yet`,
        remedy: `wait a moment; if it stays so, ${logs(name)}`,
      });
    }
  }
  if (components.length === 1) problems.push({ what: 'no component was ever started', remedy: `run "${again}"` });
  if (apiError !== undefined)
    problems.push({ what: `the API server does not answer: ${apiError.message}`, remedy: logs('server') });
  else {
    for (const { name, ready, message } of nodeStatuses) {
      if (ready !== 'True')
        problems.push({ what: `node ${name} is not Ready: ${message}`, remedy: logs(componentNames.agent(name)) });
    }
  }
  if (!existsSync(paths.config))
    problems.push({ what: `${paths.config} is missing`, remedy: '"cox delete" removes what is left' });
  return problems;
}
