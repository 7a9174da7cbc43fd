import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ComponentFolders } from './component-files.ts';
import { readProcesses, writeComponent } from './component-files.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { isRunning, signalProcess } from './process-identity.ts';
import { supervise } from './supervisor.ts';

async function until<T>(what: string, probe: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    const value = probe();
    if (value !== undefined) return value;
    await sleep(20);
  }
  throw new Error(`waited in vain for ${what}`);
}

function runningSleep(folders: ComponentFolders, not?: ProcessIdentity): ProcessIdentity | undefined {
  const identity = readProcesses(folders).get('sleep');
  return identity !== undefined && identity.pid !== not?.pid && isRunning(identity) ? identity : undefined;
}

test('a component is started, started again when killed, and kept by the next supervisor', async () => {
  const root = mkdtempSync(join(tmpdir(), 'cox-supervisor-'));
  const folders = { components: join(root, 'components'), processes: join(root, 'processes') };
  const component = { name: 'sleep', argv: ['sleep', '60'], env: {}, log: join(root, 'sleep.log'), stopTimeoutMs: 100 };
  writeComponent(folders, component);
  const lines: string[] = [];
  const first = new AbortController();
  const firstRun = supervise(folders, (line) => lines.push(line), first.signal);
  const before = await until('the first start', () => runningSleep(folders));

  signalProcess(before, 'SIGKILL');
  const after = await until('the restart', () => runningSleep(folders, before));

  first.abort();
  await firstRun;
  assert.ok(isRunning(after), 'the component outlives its supervisor');

  const second = new AbortController();
  const secondRun = supervise(folders, (line) => lines.push(line), second.signal);
  assert.equal(runningSleep(folders)?.pid, after.pid, 'the next supervisor starts no second one');
  second.abort();
  await secondRun;
  signalProcess(after, 'SIGKILL');
  rmSync(root, { recursive: true });
  assert.match(lines.join('\n'), /sleep ended \(signal SIGKILL\); starting it again in 0 ms\n.*started sleep/);
});
