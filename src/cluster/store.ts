import { readFile } from 'node:fs/promises';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from '../system/logger.ts';
import type { Steps } from './commands/steps.ts';
import type { ClusterConfig, EtcdOptions } from './config.ts';
import type { ClusterPaths } from './paths.ts';
import { UserError } from './user-error.ts';

/** What the keys of a cluster's objects begin with in etcd. */
const prefixOf = (name: string): string => `/coxswain/${name}`;

async function readPem(flag: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError(`${flag}: ${(error as Error).message}.`, { cause: error });
  }
}

async function connectionOptions({ endpoints, caFile, certFile, keyFile }: EtcdOptions) {
  const [ca, cert, key] = await Promise.all([
    readPem('--store-ca', caFile),
    readPem('--store-cert', certFile),
    readPem('--store-key', keyFile),
  ]);
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return { endpoints, tls };
}

/** Opens the store that a cluster was made with; `onFailed` hears that it must be opened anew. */
export async function openStore(
  { name, store }: Pick<ClusterConfig, 'name' | 'store'>,
  paths: Pick<ClusterPaths, 'store'>,
  { logger, onFailed }: { readonly logger: Logger; readonly onFailed: () => void },
): Promise<Store> {
  if (store === undefined) return openSqliteStore({ directory: paths.store, logger, onFailed });
  // Most clusters have no use for a gRPC client.
  const { openEtcdStore } = await import('../store/etcd/etcd-store.ts');
  return openEtcdStore({ ...(await connectionOptions(store)), prefix: prefixOf(name), logger, onFailed });
}

/** Throws UserError, which says why, when an etcd cannot be used. */
export async function checkEtcd(name: string, store: EtcdOptions): Promise<void> {
  const options = await connectionOptions(store);
  const { checkStore } = await import('../store/etcd/maintenance.ts');
  try {
    await checkStore({ ...options, prefix: prefixOf(name) });
  } catch (cause) {
    throw new UserError(`${(cause as Error).message}. Check --store and the files that belong to it.`, { cause });
  }
}

/** Removes a cluster's objects; what cannot be removed is told of, and stays. */
export async function deleteFromEtcd(name: string, store: EtcdOptions, steps: Steps): Promise<void> {
  const prefix = prefixOf(name);
  try {
    const options = await connectionOptions(store);
    const { deleteStore } = await import('../store/etcd/maintenance.ts');
    await deleteStore({ ...options, prefix });
  } catch (error) {
    steps.say(`  what is under ${prefix} in etcd is still there: ${(error as Error).message}`);
  }
}
