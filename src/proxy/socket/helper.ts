/**
 * The process that talks bpf(2) for a node's proxy: foreign calls live here, so that a fault in one takes no agent
 * down. It keeps nothing that is not pinned, and ends with its parent.
 */
import { closeSync, openSync } from 'node:fs';
import type { HelperAnswer, HelperRequest } from './helper-messages.ts';
import { namespaceCookie } from './kernel.ts';
import type { MapName } from './layout.ts';
import type { PinnedMap } from './pinned.ts';
import { openPinned } from './pinned.ts';

const home = openSync('/proc/self/ns/net', 'r');
let maps: ReadonlyMap<MapName, PinnedMap> = new Map();

function mapOf(name: MapName): PinnedMap {
  const map = maps.get(name);
  if (map === undefined) throw new Error(`the map ${name} is not open`);
  return map;
}

function cookieOf(path: string): readonly (readonly [string, bigint])[] {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    return [[path, namespaceCookie(file, home)]];
  } finally {
    closeSync(file);
  }
}

function carryOut(request: HelperRequest): unknown {
  switch (request.do) {
    case 'open':
      maps = openPinned(request.directory, request.cgroup);
      return undefined;
    case 'change':
      for (const { map, key, value } of request.changes) {
        if (value === undefined) mapOf(map).remove(key);
        else mapOf(map).put(key, value);
      }
      return undefined;
    case 'read':
      return mapOf(request.map).entries();
    case 'cookies':
      return request.paths.flatMap(cookieOf);
  }
}

process.on('message', (request: HelperRequest) => {
  let answer: HelperAnswer = { id: request.id };
  try {
    answer = { id: request.id, result: carryOut(request) };
  } catch (error) {
    answer = { id: request.id, error: (error as Error).message };
  }
  process.send?.(answer);
});
process.on('disconnect', () => process.exit());
