import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { clusterPaths } from '../../src/cluster/paths.ts';
import { BpfCall, close } from '../../src/proxy/helper/kernel.ts';

const commands = { get: 7, programById: 13, mapById: 14 } as const;

/** The files of a cluster's pinned programs and maps; none where nftables serves alone. */
function pins(cluster: string): readonly string[] {
  const folder = join(clusterPaths(cluster).run, 'bpf');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\/node-\d+\//.test(entry.parentPath))
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
}

/** The pins with their inodes, as text to compare: what is pinned anew has another. */
export function pinPicture(cluster: string): string {
  return pins(cluster)
    .map((path) => `${path} ${statSync(path).ino}`)
    .join('\n');
}

/** The kernel's programs and maps behind a cluster's pins, as `KIND NUMBER`. */
export function kernelObjects(cluster: string): readonly string[] {
  return pins(cluster).map((path) => {
    using call = new BpfCall();
    call.pointer(0, Buffer.from(`${path}\0`));
    const file = call.run(commands.get, `opening ${path}`);
    try {
      const [, kind = '', id = ''] =
        /^(prog|map)_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${file}`, 'utf8')) ?? [];
      return `${kind} ${id}`;
    } finally {
      close(file);
    }
  });
}

/** Those of these objects that the kernel still has. */
export function stillInKernel(objects: readonly string[]): readonly string[] {
  return objects.filter((object) => {
    const [kind, id] = object.split(' ');
    using call = new BpfCall();
    const command = kind === 'map' ? commands.mapById : commands.programById;
    const file = call.int(0, Number(id)).run(command, `finding ${object}`, ['ENOENT']);
    if (file >= 0) close(file);
    return file >= 0;
  });
}

/** The processes that an agent has for foreign calls. */
export function helpersOf(agent: number): readonly number[] {
  const children = readFileSync(`/proc/${agent}/task/${agent}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/proxy/helper/helper.ts');
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
}
