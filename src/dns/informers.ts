import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import { endpointSlices, namespaces, pods, services } from '../api/resources.ts';
import type { ApiClient } from '../client/api-client.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { Informer, InformerQuery } from '../client/informer.ts';
import { createInformer } from '../client/informer.ts';
import type { Logger } from '../system/logger.ts';
import { trimEndpointSlice, trimNamespace, trimPod, trimService } from './records/trim.ts';

/**
 * The informers of a process that does nothing but DNS: they keep of each object only what records need, a fraction of
 * the whole.
 */
export function dnsInformers(client: ApiClient, options: { readonly logger?: Logger } = {}): InformerFactory {
  return {
    informer<T extends KubeObject>(resource: Resource<T>, query?: InformerQuery): Informer<T> {
      const transform = trims.get(resource) as ((object: T) => T) | undefined;
      return createInformer(client, resource, query, { ...options, ...(transform === undefined ? {} : { transform }) });
    },
  };
}

const trims = new Map<Resource, (object: never) => KubeObject>([
  [services, trimService],
  [endpointSlices, trimEndpointSlice],
  [namespaces, trimNamespace],
  [pods, trimPod],
]);
