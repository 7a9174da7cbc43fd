import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Component } from './component.ts';
import { commandLine } from './component.ts';

const maxLogBytes = 20 * 1024 * 1024;

/** Starts a component as a session of its own, so that it outlives whoever started it. */
export function spawnComponent(component: Component): ChildProcess {
  mkdirSync(dirname(component.log), { recursive: true });
  keepLogSmall(component.log);
  const log = openSync(component.log, 'a', 0o640);
  const [program = '', ...args] = commandLine(component);
  try {
    return spawn(program, args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'], ...component.env },
      cwd: '/',
    });
  } finally {
    closeSync(log);
  }
}

/** One earlier log is kept; it is set aside when the component starts and the log has grown large. */
function keepLogSmall(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > maxLogBytes) renameSync(file, `${file}.1`);
}
