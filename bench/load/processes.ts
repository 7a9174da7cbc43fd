import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiServerFlags, ownEnvironment } from '../../src/cluster/components.ts';

/** A server that runs, and what its first line said. */
export interface Running<T> {
  readonly pid: number;
  readonly said: T;
  /** From the start of the process to the line. */
  readonly startMs: number;
  stop(): Promise<void>;
}

const children = new Set<ChildProcess>();

/** Starts a program of this folder as the cluster starts its server; resolves with the JSON of its first line. */
export async function start<T>(script: string, ...args: readonly string[]): Promise<Running<T>> {
  const began = performance.now();
  const flags = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
  const argv = [...apiServerFlags, ...flags, join(import.meta.dirname, '..', script), ...args];
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...ownEnvironment() },
  });
  children.add(child);
  assert.ok(child.stdout !== null && child.pid !== undefined);
  const exited = once(child, 'exit');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    pid: child.pid,
    said: JSON.parse(line.toString()) as T,
    startMs: performance.now() - began,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      children.delete(child);
    },
  };
}

/** Ends whatever a failure has left running. */
export function killAll(): void {
  for (const child of children) child.kill('SIGKILL');
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** Processor time used so far, in milliseconds. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  // A tick is a hundredth of a second on every Linux that matters.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
