import type { Node } from '../../api/core/node.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { services } from '../../api/resources.ts';
import { canonicalJson } from '../canonical.ts';
import { controllerReference } from '../owner.ts';
import { isReady, isTerminal } from '../pod-state.ts';
import { podPort } from '../service-ports.ts';
import { hintsOf } from './hints.ts';
import type { EndpointGroup, SliceIdentity, SlicePlan } from './slice-plan.ts';
import { planSlices } from './slice-plan.ts';

export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const serviceNameLabel = 'kubernetes.io/service-name';
const headlessLabel = 'service.kubernetes.io/headless';
export const managerName = 'endpointslice-controller.k8s.io';

/** Upstream's limit, at which a Service gets another slice. */
export const maxEndpointsPerSlice = 100;

export interface ServiceState {
  readonly service: Service;
  /** The pods that its selector matches. */
  readonly pods: readonly Pod[];
  /** The slices that this controller manages for it. */
  readonly slices: readonly EndpointSlice[];
  readonly node: (name: string) => Node | undefined;
  readonly triggerTime: string | undefined;
}

/** The writes that make a Service's slices show its pods. */
export function reconcile(state: ServiceState): SlicePlan {
  return planSlices(state.slices, groupsOf(state), identityOf(state.service, state.triggerTime));
}

function groupsOf(state: ServiceState): readonly EndpointGroup[] {
  const groups = new Map<string, { readonly ports: readonly EndpointPort[]; readonly endpoints: Endpoint[] }>();
  for (const pod of state.pods) {
    if (!belongs(pod, state)) continue;
    const ports = portsOf(state.service, pod);
    const key = canonicalJson(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    group.endpoints.push(endpointOf(pod, state));
  }
  return [...groups.values()].map((group) => ({ addressType: 'IPv4', ...group }));
}

function belongs(pod: Pod, { service, node }: ServiceState): boolean {
  if (isTerminal(pod) || pod.status.podIP === undefined || pod.status.podIP === '') return false;
  // A pod of a node that is gone will be collected; until then nothing answers at its address.
  const { nodeName } = pod.spec;
  return service.spec.publishNotReadyAddresses === true || nodeName === undefined || node(nodeName) !== undefined;
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((servicePort) => {
    const port = podPort(servicePort, pod);
    if (port === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    return [{ name, protocol, port, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

function endpointOf(pod: Pod, { service, node }: ServiceState): Endpoint {
  const { name, namespace, uid, deletionTimestamp } = pod.metadata;
  const serving = isReady(pod);
  const terminating = deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const { nodeName } = pod.spec;
  const zone = nodeName === undefined ? undefined : node(nodeName)?.metadata.labels?.['topology.kubernetes.io/zone'];
  const hostname = publishedHostname(pod, service);
  const known = zone === '' ? undefined : zone;
  const hints = hintsOf(service, { conditions: { ready }, zone: known, nodeName });
  return {
    addresses: [pod.status.podIP ?? ''],
    conditions: { ready, serving, terminating },
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(known === undefined ? {} : { zone: known }),
    ...(hints === undefined ? {} : { hints }),
  };
}

/** The pod's own name in DNS, where its subdomain is this Service. */
export function publishedHostname(pod: Pod, service: Service): string | undefined {
  const { hostname, subdomain } = pod.spec;
  const named = hostname !== undefined && hostname !== '' && subdomain === service.metadata.name;
  return named && service.metadata.namespace === pod.metadata.namespace ? hostname : undefined;
}

function identityOf(service: Service, triggerTime: string | undefined): SliceIdentity {
  const { name, namespace, labels } = service.metadata;
  const headless = service.spec.clusterIP === 'None';
  const own = { [serviceNameLabel]: name, [managedByLabel]: managerName };
  const { [headlessLabel]: _, ...copied } = labels ?? {};
  return {
    namePrefix: `${name}-`,
    namespace,
    labels: { ...copied, ...own, ...(headless ? { [headlessLabel]: '' } : {}) },
    annotations: {},
    owner: controllerReference(service, services),
    triggerTime,
    maxEndpoints: maxEndpointsPerSlice,
  };
}
