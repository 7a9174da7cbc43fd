import { StatusError } from '../../api/status-error.ts';
import type { Store } from '../../store/store.ts';

/** Throws upstream's retriable error for a revision that this server has not seen, e.g. after its store was replaced. */
export function awaitRevision(store: Store, revision: number | undefined): void {
  if (revision === undefined || revision <= store.revision) return;
  const message = `Too large resource version: ${revision}, current: ${store.revision}`;
  throw new StatusError('Timeout', message, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
