import type { KubeObject } from '../../../api/object.ts';
import type { Store, Watch } from '../../../store/store.ts';
import { prefixOf } from '../../registry/keys.ts';

/** All objects of a cluster-scoped kind by their names, as the store has them now. */
export class ObjectCache<T extends KubeObject> {
  readonly #prefix: string;
  readonly #objects = new Map<string, T>();
  #sorted: readonly T[] | undefined;
  #watch: Watch | undefined;

  constructor(kind: { readonly group: string; readonly plural: string }) {
    this.#prefix = prefixOf({ ...kind, namespaced: false });
  }

  async start(store: Store): Promise<void> {
    const { items, revision } = await store.list(this.#prefix);
    for (const { object } of items) this.#objects.set(object.metadata.name, object as T);
    this.#watch = store.watch(this.#prefix, revision, ({ type, current }) => {
      const { name } = current.object.metadata;
      if (type === 'put') this.#objects.set(name, current.object as T);
      else this.#objects.delete(name);
      this.#sorted = undefined;
    });
  }

  stop(): void {
    this.#watch?.stop();
  }

  /** In the order of their names, which is that in which they act. */
  list(): readonly T[] {
    this.#sorted ??= [...this.#objects.values()].toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    return this.#sorted;
  }
}
