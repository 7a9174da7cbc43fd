import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findKubectl } from '../../src/cli/kubectl.ts';
import { exec } from '../../src/system/exec.ts';
import { root } from '../e2e/cluster.ts';

/** The kubectl versions whose binaries an npm package carries, each with a helm. */
const published = ['v29', 'v30', 'v31', 'v32', 'v33', 'v34', 'v35'] as const;
const usual = ['v29', 'v32', 'v35', 'machine'];

/** One kubectl: what a test calls it, where it is, and its minor version. */
export interface Client {
  readonly name: string;
  readonly kubectl: string;
  readonly helm: string | undefined;
  readonly minor: number;
}

/**
 * Which clients to test with: COX_CLIENTS holds their names ("v31,machine"), or "all"; the oldest, a middle and the
 * newest one, and the machine's own, when it is not set.
 */
export function wantedClients(): readonly string[] {
  const asked = process.env['COX_CLIENTS'] ?? '';
  if (asked === '') return usual;
  return asked === 'all' ? [...published, 'machine'] : asked.split(',');
}

/**
 * The client of a name ("v29" … "v35", or "machine"), fetched with npm at its first use; throws where it cannot be had.
 */
export async function findClient(name: string): Promise<Client> {
  if (name === 'machine') return describeClient(name, findKubectl(), undefined);
  const folder = join(root, '.cache/clients', name);
  if (!existsSync(join(folder, 'kubectl'))) await fetchClient(name, folder);
  return describeClient(name, join(folder, 'kubectl'), join(folder, 'helm'));
}

async function describeClient(name: string, kubectl: string, helm: string | undefined): Promise<Client> {
  const { stdout } = await exec([kubectl, 'version', '--client', '-o', 'json']);
  const { clientVersion } = JSON.parse(stdout) as { clientVersion: { minor: string } };
  return { name, kubectl, helm, minor: Number.parseInt(clientVersion.minor, 10) };
}

/** The folder appears whole or not at all, so that a broken download is not taken for a client. */
async function fetchClient(name: string, folder: string): Promise<void> {
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const script = `root=$1 node=$2; . "$root/setup/npm-kubectl.sh"; fetch_kubectl "$3" "$4"`;
    await exec(['sh', '-c', script, 'sh', root, process.execPath, name, partial], { timeoutMs: 120_000 });
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
