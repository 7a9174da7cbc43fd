import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity } from './supervisor/process-identity.ts';
import { identify, isRunning, signalProcess } from './supervisor/process-identity.ts';

/** Asks processes to end, all at once, and kills those that still run after `timeoutMs`. */
export async function stopProcesses(identities: readonly ProcessIdentity[], timeoutMs: number): Promise<void> {
  for (const identity of identities) signalProcess(identity, 'SIGTERM');
  if (await haveEnded(identities, timeoutMs)) return;
  await killProcesses(identities);
}

/** Ends processes without asking; resolves when they are gone. */
export async function killProcesses(identities: readonly ProcessIdentity[]): Promise<void> {
  for (const identity of identities) signalProcess(identity, 'SIGKILL');
  if (await haveEnded(identities, 10_000)) return;
  const left = identities.filter(isRunning).map(({ pid }) => pid);
  throw new Error(`processes ${left.join(', ')} do not end, not even killed: they wait for the kernel`);
}

/** Resolves with true once none of them runs, with false after `timeoutMs`. */
async function haveEnded(identities: readonly ProcessIdentity[], timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  for (let delay = 2; identities.some(isRunning); delay = Math.min(delay * 1.5, 50)) {
    if (performance.now() > end) return false;
    await sleep(delay);
  }
  return true;
}

/** The processes whose command line has `word` as one of its words. */
export function processesWithArgument(word: string): readonly ProcessIdentity[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return [];
    const identity = identify(Number(entry));
    return identity !== undefined && argumentsOf(entry).includes(word) ? [identity] : [];
  });
}

function argumentsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // It ended while we looked.
    return [];
  }
}
