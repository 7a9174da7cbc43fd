import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { ConfigMap } from '../../src/api/core/config-map.schema.ts';
import type { Pod } from '../../src/api/core/pod.schema.ts';
import type { Lease } from '../../src/api/coordination/lease.schema.ts';
import type { Deployment } from '../../src/api/apps/deployment.schema.ts';
import type { ListMeta } from '../../src/api/meta/meta.schema.ts';
import { exec } from '../../src/system/exec.ts';
import { root } from '../e2e/cluster.ts';

const version = '2.0.1';
const folder = join(root, '.cache/clients', `client-node-${version}`);

/** Objects as the library takes them: what the server fills in may be absent. */
type Draft = object;
interface Named {
  readonly name: string;
  readonly namespace: string;
}
type Body = { readonly body: Draft };
interface PatchOptions {
  readonly fieldManager?: string;
  readonly force?: boolean;
}
interface List<T> {
  readonly items: readonly T[];
  readonly metadata: ListMeta & { readonly _continue?: string };
}
interface ListQuery {
  readonly namespace: string;
  readonly labelSelector?: string;
  readonly limit?: number;
  readonly _continue?: string;
}

/** What this suite uses of the library, whose own types are not there when it is compiled. */
export interface ClientNode {
  readonly KubeConfig: new () => KubeConfig;
  readonly CoreV1Api: ApiType<CoreApi>;
  readonly AppsV1Api: ApiType<AppsApi>;
  readonly CoordinationV1Api: ApiType<LeaseApi>;
  readonly KubernetesObjectApi: { makeApiClient(config: KubeConfig): ObjectApi };
  readonly Watch: new (config: KubeConfig) => Watch;
  readonly Exec: new (config: KubeConfig) => Exec;
  readonly Attach: new (config: KubeConfig) => Attach;
  readonly PortForward: new (config: KubeConfig, disconnectOnError?: boolean) => PortForward;
  readonly Log: new (config: KubeConfig) => Log;
  readonly PatchStrategy: Readonly<
    Record<'JsonPatch' | 'MergePatch' | 'StrategicMergePatch' | 'ServerSideApply', string>
  >;
  setHeaderOptions(name: string, value: string): unknown;
  makeInformer<T>(config: KubeConfig, path: string, list: () => Promise<List<T>>, labelSelector?: string): Informer<T>;
}

interface ApiType<T> {
  readonly api?: T;
}
export interface KubeConfig {
  loadFromFile(path: string): void;
  loadFromString(text: string): void;
  exportConfig(): string;
  makeApiClient<T>(type: ApiType<T>): T;
}
export interface CoreApi {
  createNamespace(request: Body): Promise<unknown>;
  deleteNamespace(request: { readonly name: string }): Promise<unknown>;
  createNamespacedConfigMap(request: Body & { readonly namespace: string }): Promise<ConfigMap>;
  readNamespacedConfigMap(request: Named): Promise<ConfigMap>;
  replaceNamespacedConfigMap(request: Named & Body): Promise<ConfigMap>;
  patchNamespacedConfigMap(request: Named & Body & PatchOptions, options: unknown): Promise<ConfigMap>;
  listNamespacedConfigMap(request: ListQuery): Promise<List<ConfigMap>>;
  deleteNamespacedConfigMap(request: Named): Promise<{ readonly status?: string }>;
  deleteCollectionNamespacedConfigMap(request: ListQuery): Promise<unknown>;
  createNamespacedPod(request: Body & { readonly namespace: string }): Promise<Pod>;
  readNamespacedPod(request: Named): Promise<Pod>;
  readNamespacedPodLog(request: Named & { readonly tailLines?: number }): Promise<string>;
}
interface AppsApi {
  createNamespacedDeployment(request: Body & { readonly namespace: string }): Promise<Deployment>;
  readNamespacedDeployment(request: Named): Promise<Deployment>;
  patchNamespacedDeployment(request: Named & Body & PatchOptions, options: unknown): Promise<Deployment>;
  replaceNamespacedDeploymentScale(request: Named & Body): Promise<{ readonly spec?: { readonly replicas?: number } }>;
  readNamespacedDeploymentScale(request: Named): Promise<{ readonly spec?: { readonly replicas?: number } }>;
}
export interface LeaseApi {
  createNamespacedLease(request: Body & { readonly namespace: string }): Promise<Lease>;
  readNamespacedLease(request: Named): Promise<Lease>;
  replaceNamespacedLease(request: Named & Body): Promise<Lease>;
}
interface ObjectApi {
  create(object: Draft): Promise<Draft>;
  read(object: Draft): Promise<Draft>;
  delete(object: Draft): Promise<unknown>;
}
interface Watch {
  watch(
    path: string,
    query: Readonly<Record<string, string | number | boolean>>,
    event: (type: string, object: ConfigMap) => void,
    done: (error: unknown) => void,
  ): Promise<AbortController>;
}
export interface Socket {
  close(): void;
}
export interface ExecStatus {
  readonly status?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}
interface Exec {
  exec(
    namespace: string,
    pod: string,
    container: string,
    command: readonly string[],
    stdout: Writable | null,
    stderr: Writable | null,
    stdin: Readable | null,
    tty: boolean,
    ended?: (status: ExecStatus) => void,
  ): Promise<Socket>;
}
interface Attach {
  attach(
    namespace: string,
    pod: string,
    container: string,
    stdout: Writable | null,
    stderr: Writable | null,
    stdin: Readable | null,
    tty: boolean,
  ): Promise<Socket>;
}
interface PortForward {
  portForward(
    namespace: string,
    pod: string,
    ports: readonly number[],
    output: Writable,
    errors: Writable | null,
    input: Readable,
  ): Promise<Socket>;
}
interface Log {
  log(
    namespace: string,
    pod: string,
    container: string,
    output: Writable,
    options: { readonly follow?: boolean; readonly tailLines?: number },
  ): Promise<AbortController>;
}
export interface Informer<T> {
  on(event: 'add' | 'update' | 'delete', listener: (object: T) => void): void;
  on(event: 'error', listener: (error: unknown) => void): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  get(name: string, namespace?: string): T | undefined;
  list(namespace?: string): readonly T[];
}

/** The library, fetched with npm at its first use; a sentence that says why where it cannot be had. */
export async function findClientNode(): Promise<ClientNode | string> {
  const main = join(folder, 'node_modules/@kubernetes/client-node/dist/index.js');
  try {
    if (!existsSync(main)) await fetchClientNode();
    return (await import(main)) as ClientNode;
  } catch (error) {
    const [line = ''] = String(error).split('\n');
    return `@kubernetes/client-node ${version} cannot be had: ${line}`;
  }
}

/** The folder appears whole or not at all, so that a broken download is not taken for the library. */
async function fetchClientNode(): Promise<void> {
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  // Peers are left out: one of an optional peer's own, which nobody needs here, cannot be resolved.
  const flags = ['--omit=optional', '--omit=peer', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    const argv = ['npm', 'install', '--prefix', partial, ...flags, `@kubernetes/client-node@${version}`];
    await exec(argv, { timeoutMs: 120_000, env: { ...process.env, npm_config_fetch_retries: '1' } });
    if (!existsSync(folder)) renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
