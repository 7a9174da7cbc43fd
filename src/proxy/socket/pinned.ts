import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BpfCall, close } from '../helper/kernel.ts';
import type { MapLayout, MapName } from './layout.ts';
import { mapLayouts, programs } from './layout.ts';
import { readObject } from './object-file.ts';

const commands = {
  createMap: 0,
  lookUp: 1,
  update: 2,
  remove: 3,
  nextKey: 4,
  loadProgram: 5,
  pin: 6,
  get: 7,
  loadTypes: 18,
  createLink: 28,
  updateLink: 29,
} as const;
const mapKinds = { hash: 1, 'least-recently-used': 9, 'socket-storage': 24 } as const;
const noPreallocation = 1;
const socketAddressProgram = 18;
const logSize = 64 * 1024;

/** Maps pinned in `directory`, and programs that use them attached to the cgroup: what is there is used, or replaced. */
export function openPinned(directory: string, cgroup: string): ReadonlyMap<MapName, PinnedMap> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const maps = new Map(mapLayouts.map((layout) => [layout.name, openMap(directory, layout)]));
  const object = readObject(readFileSync(join(import.meta.dirname, 'service.bpf.o')));
  const target = openSync(cgroup, 'r');
  try {
    for (const { name, attachType } of programs) {
      const program = object.get(name);
      if (program === undefined) throw new Error(`service.bpf.o lacks ${name}`);
      const instructions = Buffer.from(program.instructions);
      for (const { offset, name: map } of program.maps) {
        const file = maps.get(map as MapName)?.file;
        if (file === undefined) throw new Error(`service.bpf.o wants the map ${map}`);
        // The register field says that the constant is a map's descriptor.
        instructions[offset + 1] = ((instructions[offset + 1] ?? 0) & 0x0f) | 0x10;
        instructions.writeUInt32LE(file, offset + 4);
      }
      const loaded = loadProgram(name, instructions, attachType);
      attach(join(directory, `link-${name}`), loaded, target, attachType);
      close(loaded);
    }
  } finally {
    closeSync(target);
  }
  return maps;
}

function getPinned(path: string): number {
  using call = new BpfCall();
  call.pointer(0, Buffer.from(`${path}\0`));
  return call.run(commands.get, `opening ${path}`, ['ENOENT']);
}

/** False where somebody else has been quicker. */
function pin(path: string, file: number): boolean {
  using call = new BpfCall();
  call.pointer(0, Buffer.from(`${path}\0`));
  return call.int(8, file).run(commands.pin, `pinning ${path}`, ['EEXIST']) >= 0;
}

function openMap(directory: string, layout: MapLayout): PinnedMap {
  const path = join(directory, layout.name);
  let file = getPinned(path);
  if (file < 0) {
    const made = createMap(layout);
    if (pin(path, made)) file = made;
    else {
      close(made);
      file = getPinned(path);
    }
  }
  return new PinnedMap(file, layout);
}

function createMap({ name, kind, keySize, valueSize, maxEntries }: MapLayout): number {
  using call = new BpfCall();
  call.int(0, mapKinds[kind]).int(4, keySize).int(8, valueSize).int(12, maxEntries).text(28, name);
  if (kind === 'least-recently-used') return call.run(commands.createMap, `making the map ${name}`);
  call.int(16, noPreallocation);
  if (kind === 'hash') return call.run(commands.createMap, `making the map ${name}`);
  const types = loadTypes(valueSize);
  try {
    return call.int(48, types).int(52, 1).int(56, 2).run(commands.createMap, `making the map ${name}`);
  } finally {
    close(types);
  }
}

/** Storage of sockets wants its key and value described: two plain numbers of their sizes. */
function loadTypes(valueSize: number): number {
  const names = Buffer.from('\0key\0value\0');
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  for (const [index, value] of [24, 0, 32, 32, names.length].entries()) header.writeUInt32LE(value, 4 + index * 4);
  const number = (name: number, size: number): Buffer =>
    Buffer.from(Uint32Array.of(name, 1 << 24, size, size * 8).buffer);
  const types = Buffer.concat([header, number(1, 4), number(5, valueSize), names]);
  using call = new BpfCall();
  call.pointer(0, types);
  return call.int(16, types.length).run(commands.loadTypes, 'loading types');
}

function loadProgram(name: string, instructions: Uint8Array, attachType: number): number {
  using call = new BpfCall();
  call.int(0, socketAddressProgram).int(4, instructions.length / 8);
  call.pointer(8, instructions);
  call.pointer(16, Buffer.from('Apache-2.0\0'));
  const log = call.int(24, 1).int(28, logSize).pointer(32, Buffer.alloc(logSize));
  const said = (): string => {
    const text = call.read(log, logSize).toString('latin1');
    return text.slice(0, text.indexOf('\0')).trim().slice(-1000);
  };
  return call.text(48, `cox_${name}`).int(68, attachType).run(commands.loadProgram, `loading ${name}`, [], said);
}

/** The link goes on with the new program in one step; a first link keeps the program attached after its maker. */
function attach(path: string, program: number, target: number, attachType: number): void {
  for (let tries = 0; tries < 2; tries += 1) {
    if (existsSync(path)) {
      const link = getPinned(path);
      using call = new BpfCall();
      call.int(0, link).int(4, program).run(commands.updateLink, `replacing ${path}`);
      close(link);
      return;
    }
    using call = new BpfCall();
    const link = call.int(0, program).int(4, target).int(8, attachType).run(commands.createLink, `attaching ${path}`);
    const pinned = pin(path, link);
    close(link);
    if (pinned) return;
  }
}

/** A map of the kernel. */
export class PinnedMap {
  readonly file: number;
  readonly #layout: MapLayout;

  constructor(file: number, layout: MapLayout) {
    this.file = file;
    this.#layout = layout;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    using call = new BpfCall();
    call.int(0, this.file).pointer(8, key);
    call.pointer(16, value);
    call.run(commands.update, `writing to the map ${this.#layout.name}`);
  }

  remove(key: Uint8Array): void {
    using call = new BpfCall();
    call.int(0, this.file).pointer(8, key);
    call.run(commands.remove, `removing from the map ${this.#layout.name}`, ['ENOENT']);
  }

  entries(): (readonly [key: Uint8Array, value: Uint8Array])[] {
    const { keySize, valueSize, name } = this.#layout;
    const found: (readonly [Uint8Array, Uint8Array])[] = [];
    let last: Uint8Array | undefined;
    for (;;) {
      using next = new BpfCall();
      next.int(0, this.file);
      if (last !== undefined) next.pointer(8, last);
      const keyAt = next.pointer(16, Buffer.alloc(keySize));
      if (next.run(commands.nextKey, `reading the map ${name}`, ['ENOENT']) < 0) return found;
      const key = next.read(keyAt, keySize);
      using look = new BpfCall();
      look.int(0, this.file).pointer(8, key);
      const valueAt = look.pointer(16, Buffer.alloc(valueSize));
      if (look.run(commands.lookUp, `reading the map ${name}`, ['ENOENT']) >= 0) {
        found.push([key, look.read(valueAt, valueSize)]);
      }
      last = key;
    }
  }
}
