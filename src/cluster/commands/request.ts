import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { ClusterConfig, ClusterOptions } from '../config.ts';
import { defaultOptions } from '../config.ts';
import { UserError } from '../user-error.ts';

/** What `cox up` was asked for; what is left out is as before, or as usual. */
export interface UpRequest extends Partial<Omit<ClusterOptions, 'name'>> {
  readonly name: string;
  readonly kubeconfig?: string;
  readonly dataDirectory?: string;
}

/** The file that kubectl would write to: the first of $KUBECONFIG, else the user's own. */
export function defaultKubeconfig(environment: NodeJS.ProcessEnv = process.env): string {
  const [first] = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  return first === undefined ? join(homedir(), '.kube/config') : resolve(first);
}

/** The options of a new cluster. */
export function newOptions(request: UpRequest): ClusterOptions {
  const { kubeconfig: _kubeconfig, dataDirectory: _dataDirectory, ...asked } = request;
  return { ...defaultOptions, ...asked };
}

/** What may be given anew to a cluster that exists: ports, mirrors, more nodes, the addresses of its etcd. Throws UserError for what may not change. */
export function changedOptions(config: ClusterConfig, request: UpRequest): ClusterConfig {
  const { name } = config;
  const refuse = (flag: string, made: string): never => {
    throw new UserError(
      `cluster "${name}" was made ${made}, which cannot change: leave ${flag} out, or "cox delete" the cluster first.`,
    );
  };
  if (request.isolated !== undefined && request.isolated !== config.isolated) {
    refuse('--isolated', config.isolated ? 'isolated' : 'with a way out');
  }
  if (request.nodes !== undefined && request.nodes < config.nodes)
    refuse('--nodes', `with ${config.nodes} nodes; there can be more but not fewer`);
  if (request.dataDirectory !== undefined && realpathSync(request.dataDirectory) !== config.dataDirectory) {
    throw new UserError(
      `cluster "${config.name}" keeps its data in ${config.dataDirectory}: leave --data-dir out, or "cox delete" the cluster first.`,
    );
  }
  if (request.store !== undefined && config.store === undefined) refuse('--store', 'with a store of its own');
  const changes = Object.fromEntries(
    (['nodes', 'apiPort', 'httpPort', 'httpsPort', 'nodePortRange', 'mirrors', 'store', 'socketBalancing'] as const)
      .filter((key) => request[key] !== undefined)
      .map((key) => [key, request[key]]),
  );
  return { ...config, ...changes };
}
