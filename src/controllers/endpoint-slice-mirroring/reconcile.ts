import { isIPv6 } from 'node:net';
import type { EndpointAddress, Endpoints } from '../../api/core/endpoints.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { Endpoint, EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { endpoints as endpointsResource } from '../../api/resources.ts';
import { managedByLabel, maxEndpointsPerSlice, serviceNameLabel } from '../endpoint-slice/reconcile.ts';
import type { EndpointGroup, SlicePlan } from '../endpoint-slice/slice-plan.ts';
import { planSlices, triggerTimeAnnotation } from '../endpoint-slice/slice-plan.ts';
import { controllerReference } from '../owner.ts';

export const mirrorManagerName = 'endpointslicemirroring-controller.k8s.io';
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';
const notCopied: ReadonlySet<string> = new Set([
  triggerTimeAnnotation,
  'kubectl.kubernetes.io/last-applied-configuration',
]);

export interface MirrorState {
  readonly service: Service | undefined;
  readonly endpoints: Endpoints | undefined;
  /** The slices that mirror it now. */
  readonly slices: readonly EndpointSlice[];
}

/** The writes that make slices mirror the Endpoints that somebody made by hand for a Service without selector. */
export function reconcile({ service, endpoints, slices }: MirrorState): SlicePlan {
  if (endpoints === undefined || service === undefined || !isMirrored(service, endpoints)) {
    return { create: [], update: [], delete: slices };
  }
  const groups = (['IPv4', 'IPv6'] as const).flatMap((type) => groupsOf(endpoints, type));
  if (groups.length === 0) return { create: [], update: [], delete: slices };
  const { name, namespace, labels, annotations } = endpoints.metadata;
  return planSlices(slices, groups, {
    namePrefix: `${name}-`,
    namespace,
    labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: mirrorManagerName },
    annotations: Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !notCopied.has(key))),
    owner: controllerReference(endpoints, endpointsResource),
    triggerTime: annotations?.[triggerTimeAnnotation],
    maxEndpoints: maxEndpointsPerSlice,
  });
}

function isMirrored(service: Service, { metadata }: Endpoints): boolean {
  const { labels, annotations } = metadata;
  return (
    Object.keys(service.spec.selector ?? {}).length === 0 &&
    labels?.[skipLabel] !== 'true' &&
    labels?.['endpoints.kubernetes.io/managed-by'] === undefined &&
    annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined
  );
}

function groupsOf(endpoints: Endpoints, addressType: 'IPv4' | 'IPv6'): readonly EndpointGroup[] {
  return (endpoints.subsets ?? []).flatMap((subset) => {
    const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
    const ofType = (list: readonly EndpointAddress[], ready: boolean): Endpoint[] =>
      list.filter(({ ip }) => isIPv6(ip) === (addressType === 'IPv6')).map((address) => endpointOf(address, ready));
    const all = [...ofType(addresses, true), ...ofType(notReadyAddresses, false)];
    if (all.length === 0) return [];
    const named = ports.map(({ name = '', protocol = 'TCP', port, appProtocol }) => ({
      name,
      protocol,
      port,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    }));
    return [{ addressType, ports: named, endpoints: all }];
  });
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  };
}
