import { randomBytes } from 'node:crypto';
import { chmod, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { ensureDirectory } from '../../system/files.ts';
import { podDirectory } from './paths.ts';
import type { ContainerMount } from './types.ts';

/**
 * Makes an empty file for a container's termination message and gives the mount for it; undefined when it wants none.
 * Each start of a container gets a file of its own, so that an old message is not read as a new one.
 */
export async function prepareTerminationLog(
  rootDirectory: string,
  pod: Pod,
  container: Container,
): Promise<ContainerMount | undefined> {
  const { terminationMessagePath: containerPath = '', name } = container;
  if (containerPath === '') return undefined;
  const directory = join(podDirectory(rootDirectory, pod.metadata.uid), 'containers', name);
  await ensureDirectory(directory, 0o750);
  const hostPath = join(directory, randomBytes(4).toString('hex'));
  await (await open(hostPath, 'wx', 0o666)).close();
  // Whatever user the container runs as may write; the umask must not forbid it.
  await chmod(hostPath, 0o666);
  return {
    hostPath,
    containerPath,
    readOnly: false,
    recursiveReadOnly: false,
    propagation: 'private',
    selinuxRelabel: true,
  };
}
