import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DataPlane, SocketBalancerOptions } from '../proxy/socket/balancer.ts';
import { SocketBalancer } from '../proxy/socket/balancer.ts';
import { exec, ExecError } from '../system/exec.ts';
import { writeFileAtomic } from '../system/files.ts';
import { mountsBelow } from './mounts.ts';
import type { ClusterPaths, NodePaths } from './paths.ts';

/** Where a cluster's eBPF programs and maps are pinned: on a file system of its own, which goes with `cox down`. */
const pinDirectory = ({ run }: Pick<ClusterPaths, 'run'>): string => join(run, 'bpf');
/** A node's programs and maps are its own: to take them away is to leave its pods, and no others, to nftables. */
const nodePins = (paths: Pick<ClusterPaths, 'run'>, index: number): string =>
  join(pinDirectory(paths), `node-${index}`);
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
  removeFolders(pinDirectory(paths), () => true);
}

/** Folders alone: kernels put files of their own into each such file system. */
function removeFolders(directory: string, which: (name: string) => boolean): void {
  if (mountsBelow(directory).length === 0) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory() && which(entry.name)) rmSync(join(directory, entry.name), { recursive: true, force: true });
  }
}

/** A node's socket balancer, or undefined where the user wants none; `cox status` reads what it came to. */
export async function socketBalancerOf(
  wanted: boolean,
  paths: ClusterPaths,
  node: { readonly name: string; readonly index: number },
  { logger, helper }: Pick<SocketBalancerOptions, 'logger' | 'helper'>,
): Promise<SocketBalancer | undefined> {
  const file = planeFile(paths.node(node.name));
  // What nodes had in common before they had folders of their own would go on serving old endpoints.
  removeFolders(pinDirectory(paths), (name) => !name.startsWith('node-'));
  const note = (plane: DataPlane): Promise<void> => writeFileAtomic(file, `${JSON.stringify(plane)}\n`);
  if (!wanted) {
    rmSync(nodePins(paths, node.index), { recursive: true, force: true });
    await note({ plane: 'nftables', why: notAskedFor });
    return undefined;
  }
  return new SocketBalancer({
    directory: nodePins(paths, node.index),
    logger,
    helper,
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
