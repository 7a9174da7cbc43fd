import type { KubeObject } from '../../api/object.ts';
import type { Store } from '../../store/store.ts';
import type { AdmissionContext } from '../admission/types.ts';
import { notFound } from '../http/status.ts';
import type { ObjectReader } from '../options.ts';
import type { ApiObject } from './api-object.ts';
import { keyOfObject, prefixOf } from './keys.ts';

/** Reads single objects, in the form in which they are stored. */
export function objectReader(store: Store): ObjectReader {
  return async <T extends KubeObject>(
    resource: { group: string; plural: string; namespaced: boolean },
    { name, namespace = '' }: { name: string; namespace?: string },
  ): Promise<T> => {
    const found = await store.get(keyOfObject(resource, namespace, name));
    if (found === undefined) throw notFound(resource, name);
    return found.object as T;
  };
}

/** What admission plug-ins may read. */
export function admissionContext(store: Store): AdmissionContext {
  return {
    read: objectReader(store),
    async list(kind, namespace = '') {
      const { items } = await store.list(prefixOf({ ...kind, namespaced: namespace !== '' }, namespace));
      return items.map(({ object }) => object as unknown as ApiObject);
    },
  };
}
