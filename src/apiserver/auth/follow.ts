import type { KubeObject } from '../../api/object.ts';
import type { Store, Watch } from '../../store/store.ts';

export interface FollowHandlers {
  put(key: string, object: KubeObject): void;
  remove(key: string): void;
}

/**
 * Hands over every object under `prefix`: first those that are there, then each change as it is committed. What is
 * derived this way is as current as the store itself: the listener runs before the write is acknowledged.
 */
export async function follow(store: Store, prefix: string, handlers: FollowHandlers): Promise<Watch> {
  const { items, revision } = await store.list(prefix);
  for (const item of items) handlers.put(item.key, item.object);
  return store.watch(prefix, revision, (event) => {
    if (event.type === 'put') handlers.put(event.key, event.current.object);
    else handlers.remove(event.key);
  });
}
