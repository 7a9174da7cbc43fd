import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Component } from './component.ts';
import type { ProcessIdentity } from './process-identity.ts';

/**
 * What the supervisor works from: a folder of components that ought to run and a folder of processes that
 * were started. It keeps no state besides, so any later supervisor can take over.
 */
export interface ComponentFolders {
  readonly components: string;
  readonly processes: string;
}

function writeAtomically(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${file} is damaged; "cox up" writes it anew`, { cause: error });
  }
}

/** Adds a component, or replaces the one of that name. */
export function writeComponent(folders: ComponentFolders, component: Component): void {
  mkdirSync(folders.components, { recursive: true, mode: 0o700 });
  writeAtomically(join(folders.components, `${component.name}.json`), component);
}

/** The components that ought to run, by name. */
export function readComponents(folders: ComponentFolders): ReadonlyMap<string, Component> {
  const found = new Map<string, Component>();
  for (const file of listJson(folders.components)) {
    const component = readJson(join(folders.components, file)) as Component | undefined;
    if (component !== undefined) found.set(component.name, component);
  }
  return found;
}

export function removeComponent(folders: ComponentFolders, name: string): void {
  rmSync(join(folders.components, `${name}.json`), { force: true });
}

/** Remembers which process a component was started as. */
export function writeProcess(folders: ComponentFolders, name: string, identity: ProcessIdentity): void {
  mkdirSync(folders.processes, { recursive: true, mode: 0o700 });
  writeAtomically(join(folders.processes, `${name}.json`), identity);
}

/** The processes that components were last started as; they may have ended since. */
export function readProcesses(folders: ComponentFolders): ReadonlyMap<string, ProcessIdentity> {
  const found = new Map<string, ProcessIdentity>();
  for (const file of listJson(folders.processes)) {
    const identity = readJson(join(folders.processes, file)) as ProcessIdentity | undefined;
    if (identity !== undefined) found.set(file.slice(0, -'.json'.length), identity);
  }
  return found;
}

function listJson(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith('.json'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
