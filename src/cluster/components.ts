import { join } from 'node:path';
import { containerdCommand } from '../kubelet/containerd/command.ts';
import type { ClusterConfig, NodeConfig } from './config.ts';
import { nodesOf } from './config.ts';
import type { ClusterPaths } from './paths.ts';
import type { NginxOptions } from '../ingress/ingress.ts';
import { dnsAddress } from './addresses.ts';
import type { NodePaths } from './paths.ts';
import type { Component } from './supervisor/component.ts';

const root = join(import.meta.dirname, '../..');

/** Small young generations: these processes are many, and their memory counts more than their garbage collector's time. */
const nodeFlags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=2'] as const;

/**
 * What Node is told when it runs the server. Where requests are many, the objects of those under way must not outlive
 * the young generation: they would make the old one three times as large.
 */
export const apiServerFlags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=8'] as const;

/** The command line of one of our own programs, as src/cluster/main.ts knows them. */
export function ownCommand(program: string, ...args: readonly string[]): readonly string[] {
  const flags = program === 'server' ? apiServerFlags : nodeFlags;
  return [process.execPath, ...flags, join(root, 'src/cluster/main.ts'), program, ...args];
}

/** What our own programs find in their environment. */
export function ownEnvironment(): Readonly<Record<string, string>> {
  const given = ['COX_LOG_LEVEL', 'COX_DNS_QUERY_LOG'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { NODE_COMPILE_CACHE: join(root, '.cache/compile'), ...Object.fromEntries(given) };
}

/** The names by which components go, in logs and in `cox status`. */
export const componentNames = {
  server: 'server',
  registry: 'registry',
  containerd: (node: string) => `${node}.containerd`,
  agent: (node: string) => `${node}.agent`,
  dns: (node: string) => `${node}.dns`,
  nginx: (node: string) => `${node}.nginx`,
} as const;

/** How a node's nginx is set up, for whoever prepares, starts or feeds it. */
export function nginxOptions(node: Pick<NodePaths, 'nginx'>): NginxOptions {
  return { directory: node.nginx, dnsServers: [dnsAddress] };
}

export interface ComponentPlanOptions {
  readonly nginxCommand: (options: { readonly directory: string }) => readonly string[];
}

/** Every process that a cluster consists of, save the registry, which starts with the first image loaded. Pure but for paths. */
export function planComponents(
  config: ClusterConfig,
  paths: ClusterPaths,
  options: ComponentPlanOptions,
): readonly Component[] {
  const component = (name: string, argv: readonly string[], rest: Partial<Component> = {}): Component => ({
    name,
    argv,
    env: {},
    log: join(paths.logs, `${name}.log`),
    stopTimeoutMs: 5000,
    ...rest,
  });
  const own = (name: string, program: string, rest: Partial<Component>, ...args: readonly string[]): Component =>
    component(name, ownCommand(program, config.name, paths.data, ...args), { env: ownEnvironment(), ...rest });
  const onNode = ({ name }: NodeConfig): readonly Component[] => {
    const node = paths.node(name);
    const { namespace } = node;
    return [
      component(componentNames.containerd(name), containerdCommand({ configFile: join(node.run, 'containerd.toml') }), {
        namespace,
      }),
      own(componentNames.agent(name), 'agent', { namespace }, name),
      own(componentNames.dns(name), 'dns', { namespace }, name),
      component(componentNames.nginx(name), options.nginxCommand({ directory: node.nginx }), { namespace }),
    ];
  };
  return [own(componentNames.server, 'server', {}), ...nodesOf(config).flatMap(onNode)];
}
