import { existsSync } from 'node:fs';
import { connectRuntime } from '../../kubelet/cri/connection.ts';
import { isNotFound, isUnavailable } from '../../kubelet/cri/errors.ts';
import { ContainerState, PodSandboxState } from '../../kubelet/cri/generated/cri_pb.ts';
import type { ClusterPaths } from '../paths.ts';
import { nodesWithState } from '../paths.ts';

/** How long a container is given to end by itself, in seconds. */
const graceSeconds = 10;

/** Ends all containers of all nodes in good order, so that a database writes what it holds; containerd must run. */
export async function stopPods(paths: ClusterPaths, note: (text: string) => void): Promise<void> {
  const sockets = nodesWithState(paths).map((name) => paths.node(name).containerdSocket);
  let left = 0;
  const count = (change: number): void => {
    left += change;
    note(left === 0 ? '' : `${left} containers`);
  };
  await Promise.all(sockets.filter((socket) => existsSync(socket)).map((socket) => stopPodsOf(socket, count)));
}

async function stopPodsOf(socket: string, count: (change: number) => void): Promise<void> {
  const connection = connectRuntime(socket);
  const { runtime } = connection;
  try {
    const state = { state: { state: ContainerState.CONTAINER_RUNNING } };
    const { containers } = await runtime.listContainers({ filter: state });
    count(containers.length);
    await Promise.all(
      containers.map(async ({ id }) => {
        await ignoreGone(runtime.stopContainer({ containerId: id, timeout: BigInt(graceSeconds) }));
        count(-1);
      }),
    );
    const { items } = await runtime.listPodSandbox({ filter: { state: { state: PodSandboxState.SANDBOX_READY } } });
    await Promise.all(items.map(({ id }) => ignoreGone(runtime.stopPodSandbox({ podSandboxId: id }))));
  } catch (error) {
    // A containerd that was killed leaves its socket; what it ran is ended by other means.
    if (!isUnavailable(error)) throw error;
  } finally {
    connection.close();
  }
}

async function ignoreGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
