import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pauseImage } from '../../images/pause/pause-image.ts';
import { connectRuntime } from '../../kubelet/cri/connection.ts';
import { isUnavailable } from '../../kubelet/cri/errors.ts';
import { releaseStaleAddresses } from '../../network/address-reservations.ts';
import { exec } from '../../system/exec.ts';
import type { Logger } from '../../system/logger.ts';
import type { NodePaths } from '../paths.ts';

const pollMs = 10;

/**
 * Waits for a node's containerd, hands it the image of every pod's first container where it lacks it, and frees the
 * addresses of pods that ended without saying so. Resolves when pods can be started, or when `signal` is aborted.
 */
export async function prepareRuntime(
  node: NodePaths,
  pauseArchive: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const connection = connectRuntime(node.containerdSocket);
  try {
    while (!signal.aborted) {
      try {
        const { image } = await connection.images.imageStatus({ image: { image: pauseImage } });
        if (image === undefined) {
          const command = [
            'ctr',
            '--address',
            node.containerdSocket,
            '--namespace',
            'k8s.io',
            'images',
            'import',
            pauseArchive,
          ];
          await exec(command, { timeoutMs: 60_000, signal });
        }
        const { items } = await connection.runtime.listPodSandbox({});
        const freed = await releaseStaleAddresses(join(node.data, 'addresses'), new Set(items.map(({ id }) => id)));
        if (freed.length > 0) logger.info({ addresses: freed }, 'freed the addresses of pods that are gone');
        return;
      } catch (err) {
        if (!isUnavailable(err)) throw err;
        await sleep(pollMs);
      }
    }
  } finally {
    connection.close();
  }
}
