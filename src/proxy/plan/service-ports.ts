import { isIPv4 } from 'node:net';
import type { Service } from '../../api/core/service.schema.ts';
import type { Protocol } from '../model.ts';
import { canonicalRanges, isPort } from '../../system/ipv4.ts';

/** One port of one Service, validated and reduced to what the data plane needs. */
export interface ServicePortInfo {
  /** `namespace/name:portName/protocol`, the identity of its chains. */
  readonly id: string;
  readonly portName: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly nodePort: number | undefined;
  readonly clusterIPs: readonly string[];
  readonly externalIPs: readonly string[];
  readonly loadBalancerIPs: readonly string[];
  /** Canonical ranges; undefined where every source may use the load balancer's address. */
  readonly loadBalancerSourceRanges: readonly string[] | undefined;
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  /** Seconds for which a client keeps its endpoint; undefined without session affinity. */
  readonly affinitySeconds: number | undefined;
}

const proxyNameLabel = 'service.kubernetes.io/service-proxy-name';
const headlessLabel = 'service.kubernetes.io/headless';
const defaultAffinitySeconds = 10_800;

/** The Service's cluster address where this proxy answers on it; none where the node itself does. */
export function clusterAddresses({ metadata, spec }: Service, localAddresses: readonly string[]): readonly string[] {
  const { clusterIP, type } = spec;
  if (type === 'ExternalName' || isForeign(metadata.labels) || clusterIP === undefined || !isIPv4(clusterIP)) return [];
  return [clusterIP].filter((ip) => !localAddresses.includes(ip));
}

/** Whether labels hand an object to another proxy, or say that it is for none; upstream's proxy watches neither. */
export function isForeign(labels: Readonly<Record<string, string>> | undefined): boolean {
  return labels?.[proxyNameLabel] !== undefined || labels?.[headlessLabel] !== undefined;
}

/**
 * The ports of a Service that this proxy serves: none for a headless one, an ExternalName, or one that another proxy
 * has claimed by label. Cluster addresses in `localAddresses` are served by the node itself and left out.
 */
export function servicePorts(service: Service, localAddresses: readonly string[]): readonly ServicePortInfo[] {
  const { metadata, spec } = service;
  if (spec.type === 'ExternalName' || isForeign(metadata.labels)) return [];
  if (spec.clusterIP === undefined || !isIPv4(spec.clusterIP)) return [];
  const clusterIPs = clusterAddresses(service, localAddresses);
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  const shared = {
    clusterIPs,
    externalIPs: addresses(spec.externalIPs),
    loadBalancerIPs: spec.type === 'LoadBalancer' ? loadBalancerIPs(service) : [],
    loadBalancerSourceRanges: sourceRanges(spec.loadBalancerSourceRanges),
    internalLocal: spec.internalTrafficPolicy === 'Local',
    externalLocal: spec.externalTrafficPolicy === 'Local',
    affinitySeconds:
      spec.sessionAffinity === 'ClientIP'
        ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds)
        : undefined,
  };
  return (spec.ports ?? []).flatMap(({ name: portName = '', protocol = 'TCP', port, nodePort }) => {
    if (!isPort(port)) return [];
    const id = `${metadata.namespace}/${metadata.name}:${portName}/${protocol}`;
    return [{ ...shared, id, portName, protocol, port, nodePort: external && isPort(nodePort) ? nodePort : undefined }];
  });
}

function addresses(texts: readonly string[] | undefined): readonly string[] {
  return [...new Set((texts ?? []).filter((ip) => isIPv4(ip)))];
}

/** With mode `Proxy` the load balancer answers clients of the cluster as well, so its address is left alone. */
function loadBalancerIPs({ status }: Service): readonly string[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  return addresses(ingress.flatMap(({ ip, ipMode }) => (ip === undefined || ipMode === 'Proxy' ? [] : [ip])));
}

/** Ranges of the other address family admit nobody of this one: an empty list then means that no source may enter. */
function sourceRanges(texts: readonly string[] | undefined): readonly string[] | undefined {
  if (texts === undefined || texts.length === 0) return undefined;
  const ranges = canonicalRanges(texts);
  return ranges.includes('0.0.0.0/0') ? undefined : ranges;
}
