import type { Pod } from '../api/core/pod.schema.ts';
import type { Informer } from '../client/informer.ts';
import { isNotFound } from './cri/errors.ts';
import type { RuntimeClient } from './cri/connection.ts';
import type { PodContext } from './pods/context.ts';
import { usableSandbox } from './pods/plan.ts';
import { containerState } from './runtime/convert.ts';
import type { KubeletServerBackend, RuntimeContainer } from './server/backend.ts';

type BackendContext = Pick<PodContext, 'cache' | 'runtime' | 'statuses'> & {
  readonly statsSummary: () => Promise<unknown>;
};

/** How often a container is looked at that somebody waits for, though its end is told by an event. */
const exitPollMs = 1000;

/** What the kubelet's HTTPS server asks of the kubelet. */
export function createBackend(
  context: BackendContext,
  informer: Informer<Pod>,
  exits: ExitNotices,
): KubeletServerBackend {
  const { cache, runtime, statsSummary, statuses } = context;
  const current = (pod: Pod): Pod => {
    const status = statuses.get(pod.metadata.uid);
    return status === undefined ? pod : { ...pod, status: { ...pod.status, ...status } };
  };
  const find = (namespace: string, name: string): Pod | undefined => {
    const pod = informer.get(`${namespace}/${name}`);
    return pod === undefined ? undefined : current(pod);
  };
  const container = (id: string): Promise<RuntimeContainer | undefined> => runtimeContainer(runtime, id);
  return {
    pods: () => informer.list().map(current),
    pod: find,
    container,
    statsSummary,
    waitForExit: (id, signal) => exits.wait(id, signal, async () => (await container(id))?.state === 'running'),
    async execUrl({ containerId, command, tty, stdin, stdout, stderr }) {
      const { url } = await runtime.exec({ containerId, cmd: [...command], tty, stdin, stdout, stderr });
      return url;
    },
    async attachUrl({ containerId, tty, stdin, stdout, stderr }) {
      const { url } = await runtime.attach({ containerId, tty, stdin, stdout, stderr });
      return url;
    },
    async sandboxNetwork(namespace, name) {
      const pod = find(namespace, name);
      const observed = pod === undefined ? undefined : cache.get(pod.metadata.uid);
      const sandbox = pod === undefined || observed === undefined ? undefined : usableSandbox(pod, observed);
      if (sandbox === undefined) return undefined;
      if (sandbox.hostNetwork) return { namespacePath: undefined, address: pod?.status.podIP };
      const namespacePath = await sandboxNamespace(runtime, sandbox.id);
      // Without a path of its own the pod would be taken for one on the node's network.
      return namespacePath === undefined ? undefined : { namespacePath, address: sandbox.ips[0] };
    },
  };
}

async function runtimeContainer(runtime: RuntimeClient, containerId: string): Promise<RuntimeContainer | undefined> {
  try {
    const { status } = await runtime.containerStatus({ containerId });
    if (status === undefined) return undefined;
    return { id: status.id, state: containerState(status.state), logPath: status.logPath };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

interface SandboxInfo {
  readonly runtimeSpec?: {
    readonly linux?: { readonly namespaces?: readonly { readonly type?: string; readonly path?: string }[] };
  };
}

/** The path of a sandbox's network namespace; containerd tells it in the verbose part of the status. */
async function sandboxNamespace(runtime: RuntimeClient, podSandboxId: string): Promise<string | undefined> {
  const { info } = await runtime.podSandboxStatus({ podSandboxId, verbose: true });
  const text = info['info'];
  if (text === undefined) return undefined;
  const { runtimeSpec } = JSON.parse(text) as SandboxInfo;
  const path = runtimeSpec?.linux?.namespaces?.find(({ type }) => type === 'network')?.path;
  return path === undefined || path === '' ? undefined : path;
}

/** Tells those who wait for a container when it may have ended. */
export class ExitNotices {
  readonly #waiting = new Set<() => void>();

  /** Some container changed. */
  notify(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when `isRunning` is false for the container, or `signal` is aborted. */
  async wait(_id: string, signal: AbortSignal, isRunning: () => Promise<boolean>): Promise<void> {
    while (!signal.aborted) {
      const changed = Promise.withResolvers<void>();
      const timer = setTimeout(changed.resolve, exitPollMs);
      this.#waiting.add(changed.resolve);
      signal.addEventListener('abort', () => changed.resolve(), { once: true });
      try {
        // An unreachable runtime has not said that the container ended.
        if (!(await isRunning().catch(() => true))) return;
        await changed.promise;
      } finally {
        clearTimeout(timer);
        this.#waiting.delete(changed.resolve);
      }
    }
  }
}
