import type { ConfigMap } from '../../api/core/config-map.schema.ts';
import type { Secret } from '../../api/core/secret.schema.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import { configMaps, secrets } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { VolumeFault } from './fault.ts';

/** Gets the ConfigMaps and Secrets of volumes. */
export interface ObjectSource {
  /** The object as it was at most `maxAgeMs` ago; throws VolumeFault `NotReady` when there is none. */
  configMap(namespace: string, name: string, maxAgeMs: number): Promise<ConfigMap>;
  secret(namespace: string, name: string, maxAgeMs: number): Promise<Secret>;
}

interface Entry {
  readonly at: number;
  readonly object: Promise<KubeObject>;
}

/**
 * An object source that asks the API, and shares answers between pods that are content with an older one: most pods of a
 * namespace have the same ConfigMap of certificates.
 */
export function createObjectSource(client: ApiClient, now: () => number): ObjectSource {
  const entries = new Map<string, Entry>();
  async function fetch<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): Promise<T> {
    try {
      return await client.get(resource, { namespace, name });
    } catch (cause) {
      if (!isStatus(cause, 'NotFound')) throw cause;
      throw new VolumeFault('NotReady', `${resource.kind.toLowerCase()} ${JSON.stringify(name)} not found`, { cause });
    }
  }
  async function get<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    name: string,
    maxAgeMs: number,
  ): Promise<T> {
    const at = now();
    const key = `${resource.plural}/${namespace}/${name}`;
    const known = entries.get(key);
    if (known !== undefined && at - known.at < maxAgeMs) return (await known.object) as T;
    const object = fetch(resource, namespace, name);
    // Only those who come again may want it from here: a single start of a pod leaves no Secret in memory.
    if (maxAgeMs > 0) {
      for (const [old, entry] of entries) if (at - entry.at >= maxAgeMs) entries.delete(old);
      entries.set(key, { at, object });
      object.catch(() => entries.delete(key));
    }
    return object;
  }
  return {
    configMap: (namespace, name, maxAgeMs) => get(configMaps, namespace, name, maxAgeMs),
    secret: (namespace, name, maxAgeMs) => get(secrets, namespace, name, maxAgeMs),
  };
}
