import { pause } from '../../client/back-off.ts';
import type { Logger } from '../../system/logger.ts';
import type { RuntimeConnection } from '../cri/connection.ts';
import { followTaskEvents } from '../cri/task-events.ts';
import type { PodCache } from './pod-cache.ts';

export interface RuntimeWatchOptions {
  readonly connection: RuntimeConnection;
  readonly cache: PodCache;
  /** Called with the uid of each pod whose sandboxes or containers are not as they were. */
  readonly changed: (uid: string) => void;
  /** Called when the runtime's events flow, at first and again after it was away. */
  readonly connected: () => void;
  /** Called after each complete look at the runtime. */
  readonly relisted: () => void;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly relistMs?: number;
}

/** containerd tells of an end before its CRI service has taken note of it: how soon to look, again and again. */
const settleDelaysMs = [2, 5, 10, 20, 40, 80, 160, 320, 640, 1280];

/**
 * Keeps the cache current until `signal` is aborted: by containerd's events at once, and by a complete look every few
 * seconds for what no event told.
 */
export async function watchRuntime(options: RuntimeWatchOptions): Promise<void> {
  const { connection, cache, changed, logger, signal } = options;
  const relist = async (): Promise<void> => {
    try {
      for (const uid of await cache.relist()) changed(uid);
      options.relisted();
    } catch (err) {
      if (!signal.aborted) logger.debug({ err }, 'cannot list what containerd runs');
    }
  };
  const settle = async (id: string): Promise<void> => {
    const uid = cache.ownerOf(id);
    if (uid === undefined) return;
    try {
      for (const delay of settleDelaysMs) {
        await cache.refresh(uid);
        if (!cache.isAlive(id)) break;
        if (!(await pause(delay, signal))) return;
      }
      changed(uid);
    } catch (err) {
      if (!signal.aborted) logger.debug({ err, uid }, 'cannot look at a pod whose container ended');
    }
  };
  const events = followTaskEvents(
    connection,
    {
      event: ({ type, containerId }) => (type === 'exit' ? void settle(containerId) : undefined),
      connected: () => void relist().then(options.connected),
    },
    { signal, logger },
  );
  while (await pause(options.relistMs ?? 5000, signal)) await relist();
  await events;
}
