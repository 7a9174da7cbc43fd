import type { KubeObject } from '../api/object.ts';
import type { Informer } from '../client/informer.ts';

const retryMs = 2000;

export interface SyncOnChangeOptions {
  /** Brings the world to what the objects say. */
  readonly sync: () => Promise<void>;
  /** Told of each sync that threw; another follows by itself. */
  readonly failed: (err: unknown) => void;
  /** How long to wait after a change for others that belong to it. */
  readonly delayMs: number;
}

/** The part of an informer that matters here, whatever its objects are. */
type Watched = Pick<Informer<KubeObject>, 'hasSynced' | 'synced' | 'start'>;

/**
 * Runs `sync` once all objects are there and after each change of them, never two at a time, until `signal` is
 * aborted; resolves when the last one has ended. Starts the informers.
 */
export async function syncOnChange(
  informers: readonly (Watched & { addHandlers(handlers: Record<'add' | 'update' | 'delete', () => void>): void })[],
  { sync, failed, delayMs }: SyncOnChangeOptions,
  signal: AbortSignal,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const schedule = (delay: number): void => {
    if (timer !== undefined || signal.aborted || !informers.every(({ hasSynced }) => hasSynced)) return;
    timer = setTimeout(() => {
      timer = undefined;
      running = running.then(sync).catch((err: unknown) => {
        failed(err);
        schedule(retryMs);
      });
    }, delay);
  };
  const changed = (): void => schedule(delayMs);
  for (const informer of informers) informer.addHandlers({ add: changed, update: changed, delete: changed });
  const watching = Promise.all(informers.map((informer) => informer.start(signal)));
  void Promise.all(informers.map(({ synced }) => synced)).then(
    () => schedule(0),
    () => undefined,
  );
  await watching;
  clearTimeout(timer);
  await running;
}
