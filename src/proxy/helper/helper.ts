/**
 * The process that talks bpf(2) and netlink for a node's proxy: foreign calls live here, so that a fault in one takes no
 * agent down. It keeps nothing that is not in the kernel, and ends with its parent.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import type { HelperAnswer, HelperRequest } from './messages.ts';
import { namespaceCookie } from './kernel.ts';
import { NetlinkSocket } from './netlink.ts';
import type { MapName } from '../socket/layout.ts';
import type { PinnedMap } from '../socket/pinned.ts';
import { openPinned } from '../socket/pinned.ts';

const home = openSync('/proc/self/ns/net', 'r');
const sockets = new Map<number, NetlinkSocket>();
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

/** The socket of a namespace, by what identifies the namespace rather than by its name, which another may come to have. */
function socketOf(namespace: string | undefined): NetlinkSocket {
  const file = namespace === undefined ? undefined : openSync(namespace, 'r');
  try {
    const { ino } = fstatSync(file ?? home);
    const socket = sockets.get(ino) ?? new NetlinkSocket(home, file);
    sockets.set(ino, socket);
    return socket;
  } finally {
    if (file !== undefined) closeSync(file);
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
    case 'prepare':
      socketOf(request.namespace);
      return undefined;
    case 'transact':
      return socketOf(request.namespace).transact(request.batch);
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
