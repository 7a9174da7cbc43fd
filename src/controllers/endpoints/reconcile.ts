import type { EndpointAddress, EndpointPort, Endpoints, EndpointSubset } from '../../api/core/endpoints.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { Unsaved } from '../../api/object.ts';
import { canonicalJson, semanticEqual } from '../canonical.ts';
import { publishedHostname } from '../endpoint-slice/reconcile.ts';
import { isReady, isTerminal } from '../pod-state.ts';
import { podPort } from '../service-ports.ts';

const headlessLabel = 'service.kubernetes.io/headless';
const managedByLabel = 'endpoints.kubernetes.io/managed-by';
const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity';
/** Upstream's limit of addresses in one object. */
const maxAddresses = 1000;

export interface EndpointsState {
  readonly service: Service;
  /** The pods that its selector matches. */
  readonly pods: readonly Pod[];
  readonly current: Endpoints | undefined;
  readonly triggerTime: string | undefined;
}

export type EndpointsPlan =
  | { readonly type: 'none' }
  | { readonly type: 'create'; readonly endpoints: Unsaved<Endpoints> }
  | { readonly type: 'update'; readonly endpoints: Endpoints };

/** The write that makes a Service's Endpoints object show its pods. */
export function reconcile(state: EndpointsState): EndpointsPlan {
  const { service, current, triggerTime } = state;
  const all = subsetsOf(state);
  const { subsets, truncated } = truncate(all);
  const labels = labelsOf(service);
  const {
    [triggerTimeAnnotation]: lastTrigger,
    [overCapacityAnnotation]: _,
    ...kept
  } = current?.metadata.annotations ?? {};
  const trigger = triggerTime ?? lastTrigger;
  const annotations = {
    ...kept,
    ...(trigger === undefined ? {} : { [triggerTimeAnnotation]: trigger }),
    ...(truncated ? { [overCapacityAnnotation]: 'truncated' } : {}),
  };
  const { name, namespace } = service.metadata;
  if (current === undefined) {
    const metadata = { name, namespace, labels, annotations };
    return { type: 'create', endpoints: { apiVersion: 'v1', kind: 'Endpoints', metadata, ...subsets } };
  }
  const marked = current.metadata.annotations?.[overCapacityAnnotation] !== undefined;
  const same = semanticEqual(current.subsets, subsets.subsets) && semanticEqual(current.metadata.labels, labels);
  if (same && marked === truncated) return { type: 'none' };
  const { subsets: _old, ...rest } = current;
  return {
    type: 'update',
    endpoints: { ...rest, metadata: { ...current.metadata, labels, annotations }, ...subsets },
  };
}

function labelsOf(service: Service): Readonly<Record<string, string>> {
  const { [headlessLabel]: _, ...labels } = service.metadata.labels ?? {};
  const headless = service.spec.clusterIP === 'None';
  return { ...labels, [managedByLabel]: 'endpoint-controller', ...(headless ? { [headlessLabel]: '' } : {}) };
}

interface Subset {
  readonly ports: readonly EndpointPort[];
  readonly addresses: EndpointAddress[];
  readonly notReadyAddresses: EndpointAddress[];
}

/** Addresses grouped by their ports; each address once in each group. */
function subsetsOf({ service, pods }: EndpointsState): readonly Subset[] {
  const groups = new Map<string, Subset>();
  const publishAll = service.spec.publishNotReadyAddresses === true;
  for (const pod of pods) {
    const leaving = pod.metadata.deletionTimestamp !== undefined && !publishAll;
    if (isTerminal(pod) || pod.status.podIP === undefined || pod.status.podIP === '' || leaving) continue;
    const ports = portsOf(service, pod);
    if (ports.length === 0 && (service.spec.ports ?? []).length > 0) continue;
    const key = canonicalJson(ports);
    const group = groups.get(key) ?? { ports, addresses: [], notReadyAddresses: [] };
    groups.set(key, group);
    const list = publishAll || isReady(pod) ? group.addresses : group.notReadyAddresses;
    list.push(addressOf(pod, service));
  }
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  const ports = (service.spec.ports ?? []).flatMap((servicePort): EndpointPort[] => {
    const port = podPort(servicePort, pod);
    if (port === undefined) return [];
    const { name, protocol = 'TCP', appProtocol } = servicePort;
    return [
      {
        ...(name === undefined || name === '' ? {} : { name }),
        port,
        protocol,
        ...(appProtocol === undefined ? {} : { appProtocol }),
      },
    ];
  });
  return ports.toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
}

function addressOf(pod: Pod, service: Service): EndpointAddress {
  const { name, namespace, uid } = pod.metadata;
  const hostname = publishedHostname(pod, service);
  const { nodeName } = pod.spec;
  return {
    ip: pod.status.podIP ?? '',
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** Keeps ready addresses before others when there are too many. */
function truncate(subsets: readonly Subset[]): {
  readonly subsets: { readonly subsets?: readonly EndpointSubset[] };
  readonly truncated: boolean;
} {
  let room = maxAddresses;
  const take = (list: readonly EndpointAddress[]): readonly EndpointAddress[] => {
    const taken = list.toSorted((a, b) => (a.ip < b.ip ? -1 : 1)).slice(0, room);
    room -= taken.length;
    return taken;
  };
  const ready = subsets.map((subset) => take(subset.addresses));
  const notReady = subsets.map((subset) => take(subset.notReadyAddresses));
  const total = subsets.reduce((sum, subset) => sum + subset.addresses.length + subset.notReadyAddresses.length, 0);
  const kept = subsets.flatMap(({ ports }, index): EndpointSubset[] => {
    const addresses = ready[index] ?? [];
    const notReadyAddresses = notReady[index] ?? [];
    if (addresses.length + notReadyAddresses.length === 0) return [];
    return [
      {
        ...(addresses.length === 0 ? {} : { addresses }),
        ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
        ...(ports.length === 0 ? {} : { ports }),
      },
    ];
  });
  return { subsets: kept.length === 0 ? {} : { subsets: kept }, truncated: total > maxAddresses };
}
