import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DataPlane, SocketBalancerOptions } from '../proxy/socket/balancer.ts';
import { SocketBalancer } from '../proxy/socket/balancer.ts';
import { exec, ExecError } from '../system/exec.ts';
import { writeFileAtomic } from '../system/files.ts';
import { mountsBelow } from './mounts.ts';
import type { ClusterPaths, NodePaths } from './paths.ts';

/** Where a cluster's eBPF programs and maps are pinned: on a file system of its own, which goes with `cox down`. */
const pinDirectory = ({ run }: Pick<ClusterPaths, 'run'>): string => join(run, 'bpf');
const planeFile = ({ run }: Pick<NodePaths, 'run'>): string => join(run, 'data-plane.json');

/** The reason where the user wants no eBPF. */
export const notAskedFor = 'as --no-socket-balancing asks';

/** Makes room for pinned programs; returns why there is none, where the kernel refuses. */
export async function mountPinDirectory(paths: Pick<ClusterPaths, 'run'>): Promise<string | undefined> {
  const directory = pinDirectory(paths);
  if (mountsBelow(directory).length > 0) return undefined;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    await exec(['mount', '-t', 'bpf', '-o', 'mode=0700', 'cox', directory]);
    return undefined;
  } catch (error) {
    if (error instanceof ExecError) return error.message;
    throw error;
  }
}

/** Takes every program of the cluster off the kernel, and its maps with them. */
export function removePins(paths: Pick<ClusterPaths, 'run'>): void {
  for (const directory of mountsBelow(pinDirectory(paths)))
    rmSync(join(directory, 'v1'), { recursive: true, force: true });
}

/** A node's socket balancer, or undefined where the user wants none; `cox status` reads what it came to. */
export async function socketBalancerOf(
  wanted: boolean,
  paths: ClusterPaths,
  node: { readonly name: string; readonly index: number },
  logger: SocketBalancerOptions['logger'],
): Promise<SocketBalancer | undefined> {
  const file = planeFile(paths.node(node.name));
  const note = (plane: DataPlane): Promise<void> => writeFileAtomic(file, `${JSON.stringify(plane)}\n`);
  if (!wanted) {
    removePins(paths);
    await note({ plane: 'nftables', why: notAskedFor });
    return undefined;
  }
  return new SocketBalancer({
    directory: pinDirectory(paths),
    node: node.index,
    logger,
    onChange: (plane) => void note(plane).catch((err: unknown) => logger.warn({ err }, 'cannot note the data plane')),
  });
}

/** The data plane of a node as its agent noted it last; undefined before it has. */
export function readDataPlane(node: Pick<NodePaths, 'run'>): DataPlane | undefined {
  try {
    return JSON.parse(readFileSync(planeFile(node), 'utf8')) as DataPlane;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
