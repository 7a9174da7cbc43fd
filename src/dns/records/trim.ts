import type { Namespace } from '../../api/core/namespace.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import type { KubeObject } from '../../api/object.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';

/** The part of an object's metadata that caches need; labels and annotations only where a record depends on them. */
function trimMeta<M extends KubeObject['metadata']>(
  metadata: M,
  kept: { readonly label?: string; readonly annotation?: string } = {},
): M {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const label = kept.label === undefined ? undefined : metadata.labels?.[kept.label];
  const annotation = kept.annotation === undefined ? undefined : metadata.annotations?.[kept.annotation];
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(label === undefined ? {} : { labels: { [kept.label ?? '']: label } }),
    ...(annotation === undefined ? {} : { annotations: { [kept.annotation ?? '']: annotation } }),
  } as M;
}

/** What DNS needs of a Service: kept in memory and in the snapshot instead of the whole. */
export function trimService({ apiVersion, kind, metadata, spec }: Service): Service {
  const { type, clusterIP, clusterIPs, externalName, publishNotReadyAddresses } = spec;
  const ports = spec.ports?.map(({ name, protocol, port }) => ({ name, protocol, port }));
  return {
    apiVersion,
    kind,
    metadata: trimMeta(metadata),
    spec: { type, clusterIP, clusterIPs, externalName, publishNotReadyAddresses, ports },
    status: { loadBalancer: {} },
  };
}

/** What DNS needs of an EndpointSlice. */
export function trimEndpointSlice({
  apiVersion,
  kind,
  metadata,
  addressType,
  endpoints,
  ports,
}: EndpointSlice): EndpointSlice {
  return {
    apiVersion,
    kind,
    metadata: trimMeta(metadata, { label: serviceNameLabel, annotation: triggerTimeAnnotation }),
    addressType,
    endpoints: endpoints?.map(({ addresses, hostname, conditions }) => ({
      addresses,
      hostname,
      ...(conditions?.ready === false ? { conditions: { ready: false } } : {}),
    })),
    ports: ports?.map(({ name, protocol, port }) => ({ name, protocol, port })),
  };
}

/** What DNS needs of a Namespace: that it is there. */
export function trimNamespace({ apiVersion, kind, metadata }: Namespace): Namespace {
  return { apiVersion, kind, metadata: trimMeta(metadata), spec: {}, status: {} };
}

/** What DNS needs of a pod that asks it: its address and its search path. */
export function trimPod({ apiVersion, kind, metadata, spec, status }: Pod): Pod {
  const { dnsPolicy, dnsConfig, hostNetwork } = spec;
  const { phase, podIP, podIPs } = status;
  return {
    apiVersion,
    kind,
    metadata: trimMeta(metadata),
    spec: { containers: [], dnsPolicy, dnsConfig: { searches: dnsConfig?.searches }, hostNetwork },
    status: { phase, podIP, podIPs },
  };
}

/** What DNS needs of an object of any of these kinds. */
export function trimObject(
  object: Service | EndpointSlice | Namespace | Pod,
): Service | EndpointSlice | Namespace | Pod {
  switch (object.kind) {
    case 'Service':
      return trimService(object as Service);
    case 'EndpointSlice':
      return trimEndpointSlice(object as EndpointSlice);
    case 'Pod':
      return trimPod(object as Pod);
    default:
      return trimNamespace(object as Namespace);
  }
}
