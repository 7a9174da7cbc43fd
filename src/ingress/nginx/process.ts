import { readFile } from 'node:fs/promises';
import { isErrno, readFileIfExists } from '../../system/files.ts';

/** nginx's master: the process that its pid file names, unless that is not an nginx with this configuration. */
export async function findMaster(pidFile: string, configuration: string): Promise<number | undefined> {
  const pid = Number((await readFileIfExists(pidFile))?.trim());
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const title = await titleOf(pid);
  return title.startsWith('nginx: master process') && title.includes(configuration) ? pid : undefined;
}

/** The master's children that still accept connections; those that only finish their requests have another title. */
export async function acceptingWorkers(master: number): Promise<readonly number[]> {
  const children = (await readFileIfExists(`/proc/${master}/task/${master}/children`)) ?? '';
  const pids = children.split(' ').filter(Boolean).map(Number);
  const titles = await Promise.all(pids.map(titleOf));
  return pids.filter((_, index) => titles[index] === 'nginx: worker process');
}

/** Sends a signal to a process that may have ended. */
export function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

async function titleOf(pid: number): Promise<string> {
  try {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return text.replaceAll('\0', ' ').trim();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return '';
    throw error;
  }
}
