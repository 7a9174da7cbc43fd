import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrno } from '../system/files.ts';
import { UserError } from './user-error.ts';

/** How a client reaches the cluster and who it is. PEM texts. */
export interface ClusterAccess {
  readonly name: string;
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

interface Named {
  readonly name: string;
}
interface Kubeconfig {
  [key: string]: unknown;
  clusters?: Named[] | null;
  users?: Named[] | null;
  contexts?: Named[] | null;
  'current-context'?: string;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function entriesOf({ name, server, ca, cert, key }: ClusterAccess) {
  const user = `${name}-admin`;
  return {
    cluster: { name, cluster: { 'certificate-authority-data': base64(ca), server } },
    user: { name: user, user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } },
    context: { name, context: { cluster: name, user } },
  };
}

/** A kubeconfig of this cluster alone, as JSON, which is YAML too. */
export function kubeconfigText(access: ClusterAccess): string {
  const { cluster, user, context } = entriesOf(access);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [cluster],
    users: [user],
    contexts: [context],
    'current-context': access.name,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

const without = (list: Named[] | null | undefined, name: string): Named[] =>
  (list ?? []).filter((entry) => entry.name !== name);

/** The kubeconfig with the cluster's context in it, and current. Pure. */
export function withCluster(config: Kubeconfig, access: ClusterAccess): Kubeconfig {
  const { cluster, user, context } = entriesOf(access);
  return {
    apiVersion: 'v1',
    kind: 'Config',
    ...config,
    clusters: [...without(config.clusters, cluster.name), cluster],
    users: [...without(config.users, user.name), user],
    contexts: [...without(config.contexts, context.name), context],
    'current-context': access.name,
  };
}

/** The kubeconfig without the cluster; `previous` is current again where the cluster was. Undefined when nothing is left. Pure. */
export function withoutCluster(config: Kubeconfig, name: string, previous: string | undefined): Kubeconfig | undefined {
  const contexts = without(config.contexts, name);
  const users = without(config.users, `${name}-admin`);
  const clusters = without(config.clusters, name);
  if (contexts.length + users.length + clusters.length === 0) return undefined;
  const { 'current-context': current = '', ...rest } = config;
  const back = previous !== undefined && contexts.some((context) => context.name === previous) ? previous : undefined;
  const next = current === name ? back : current;
  return { ...rest, clusters, users, contexts, ...(next === undefined ? {} : { 'current-context': next }) };
}

async function read(file: string): Promise<Kubeconfig> {
  if (!existsSync(file)) return {};
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UserError(`${file} is not YAML: mend it, or give another file with --kubeconfig.`, { cause: error });
  }
  if (value !== null && value !== undefined && (typeof value !== 'object' || Array.isArray(value))) {
    throw new UserError(`${file} is no kubeconfig: mend it, or give another file with --kubeconfig.`);
  }
  return (value ?? {}) as Kubeconfig;
}

async function write(file: string, config: Kubeconfig): Promise<void> {
  const { stringify } = await import('yaml');
  const mode = existsSync(file) ? (await stat(file)).mode & 0o777 : 0o600;
  await writeFile(`${file}.cox-new`, stringify(config), { mode });
  await rename(`${file}.cox-new`, file);
}

/** A kubeconfig that the cluster's context is in, and what it was before. */
export interface UsedKubeconfig {
  readonly file: string;
  /** The folder that was made for the file. */
  readonly madeFolder?: string;
  readonly isNew: boolean;
  readonly currentContext?: string;
}

/** Looks at a kubeconfig before it is changed. Throws UserError when it cannot be read. */
export async function inspectKubeconfig(file: string): Promise<UsedKubeconfig> {
  const { 'current-context': currentContext } = await read(file);
  return {
    file,
    isNew: !existsSync(file),
    ...(existsSync(dirname(file)) ? {} : { madeFolder: dirname(file) }),
    ...(currentContext === undefined || currentContext === '' ? {} : { currentContext }),
  };
}

/** Merges the cluster's context into `file` and makes it current. */
export async function addToKubeconfig(file: string, access: ClusterAccess): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const config = await read(file);
  const changed = withCluster(config, access);
  if (JSON.stringify(config) !== JSON.stringify(changed)) await write(file, changed);
}

/** Takes the cluster's context out of a kubeconfig; a file and folder that were made for it go with it. */
export async function removeFromKubeconfig(name: string, before: UsedKubeconfig): Promise<void> {
  const { file } = before;
  if (!existsSync(file)) return;
  const left = withoutCluster(await read(file), name, before.currentContext);
  if (left !== undefined) return write(file, left);
  if (!before.isNew) return write(file, { apiVersion: 'v1', kind: 'Config', clusters: [], users: [], contexts: [] });
  await rm(file);
  if (before.madeFolder === undefined) return;
  try {
    await rmdir(before.madeFolder);
  } catch (error) {
    // Somebody else, such as kubectl with its cache, keeps things there by now.
    if (!isErrno(error, 'ENOTEMPTY')) throw error;
  }
}
