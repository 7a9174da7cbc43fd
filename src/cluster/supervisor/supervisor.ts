import type { ChildProcess } from 'node:child_process';
import { mkdirSync, watch } from 'node:fs';
import type { Component } from './component.ts';
import { restartDelay, shortLifeMs } from './component.ts';
import type { ComponentFolders } from './component-files.ts';
import { readComponents, readProcesses, writeProcess } from './component-files.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { identify, isRunning } from './process-identity.ts';
import { spawnComponent } from './spawn.ts';

/**
 * A component is in one of these states:
 * - `running`: our child, whose end we are told of; or somebody else's (an earlier supervisor's), whom we ask after.
 * - `waiting`: it ended, and a timer starts it again.
 */
type State =
  | { readonly kind: 'running'; readonly identity: ProcessIdentity; readonly since: number; readonly child: boolean }
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout };

/** How often to ask whether processes that are not our children still run, in milliseconds. */
const adoptedPollMs = 500;

/**
 * Keeps the components in `folders` running until `signal` is aborted; then leaves them running.
 * `report` is told of every start and end.
 */
export async function supervise(
  folders: ComponentFolders,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  mkdirSync(folders.components, { recursive: true, mode: 0o700 });
  const states = new Map<string, State>();
  const shortLives = new Map<string, number>();

  function start(component: Component): void {
    const child = spawnComponent(component);
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity !== undefined) {
      writeProcess(folders, component.name, identity);
      states.set(component.name, { kind: 'running', identity, since: Date.now(), child: true });
      report(`started ${component.name} as process ${identity.pid}`);
    } else {
      states.set(component.name, {
        kind: 'running',
        identity: { pid: 0, startTime: '' },
        since: Date.now(),
        child: true,
      });
    }
    onEnd(child, (how) => ended(component.name, how));
  }

  function ended(name: string, how: string): void {
    const state = states.get(name);
    if (signal.aborted || state?.kind !== 'running') return;
    states.delete(name);
    const component = readComponents(folders).get(name);
    if (component === undefined) return;
    const lives = Date.now() - state.since < shortLifeMs ? (shortLives.get(name) ?? 0) + 1 : 0;
    shortLives.set(name, lives);
    // The first restart is immediate; a component that keeps dying waits longer each time.
    const delay = restartDelay(Math.max(0, lives - 1));
    report(`${name} ended (${how}); starting it again in ${delay} ms`);
    const timer = setTimeout(() => {
      states.delete(name);
      reconcile();
    }, delay);
    states.set(name, { kind: 'waiting', timer });
  }

  function reconcile(): void {
    const processes = readProcesses(folders);
    for (const [name, component] of readComponents(folders)) {
      if (states.has(name)) continue;
      const earlier = processes.get(name);
      if (earlier !== undefined && isRunning(earlier)) {
        states.set(name, { kind: 'running', identity: earlier, since: Date.now(), child: false });
        report(`${name} runs already as process ${earlier.pid}`);
      } else {
        start(component);
      }
    }
  }

  function askAfterAdopted(): void {
    for (const [name, state] of states) {
      if (state.kind === 'running' && !state.child && !isRunning(state.identity)) ended(name, 'gone');
    }
  }

  reconcile();
  const watcher = watch(folders.components, () => reconcile());
  const poll = setInterval(askAfterAdopted, adoptedPollMs);
  if (![...states.values()].some((state) => state.kind === 'running' && !state.child)) clearInterval(poll);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  clearInterval(poll);
  watcher.close();
  for (const state of states.values()) if (state.kind === 'waiting') clearTimeout(state.timer);
}

function onEnd(child: ChildProcess, listener: (how: string) => void): void {
  child.once('exit', (code, signal) => listener(signal === null ? `exit code ${code}` : `signal ${signal}`));
  child.once('error', (error) => listener(error.message));
}
