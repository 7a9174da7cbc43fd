import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../../system/files.ts';
import { ownCommand, ownEnvironment } from '../components.ts';
import type { ClusterPaths } from '../paths.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { identify, isRunning } from './process-identity.ts';

const identityFile = (paths: Pick<ClusterPaths, 'run'>): string => join(paths.run, 'supervisor.json');

/** The supervisor that runs for a cluster; undefined when there is none. */
export function findSupervisor(paths: Pick<ClusterPaths, 'run'>): ProcessIdentity | undefined {
  let text: string;
  try {
    text = readFileSync(identityFile(paths), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const identity = JSON.parse(text) as ProcessIdentity;
  return isRunning(identity) ? identity : undefined;
}

/** Starts the process that keeps a cluster's components running; it outlives the one that starts it. */
export async function startSupervisor(paths: ClusterPaths): Promise<void> {
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
  const log = openSync(join(paths.logs, 'supervisor.log'), 'a', 0o640);
  const [program = '', ...args] = ownCommand('supervisor', paths.components, paths.processes);
  try {
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'], ...ownEnvironment() },
      cwd: '/',
    });
    const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
    const identity = child.pid === undefined ? await failed : identify(child.pid);
    mkdirSync(dirname(identityFile(paths)), { recursive: true, mode: 0o700 });
    await writeFileAtomic(identityFile(paths), JSON.stringify(identity));
    child.unref();
  } finally {
    closeSync(log);
  }
}
