import type { Service, ServicePort, ServiceSpec } from './service.schema.ts';

/** The address that a headless Service has instead of one. */
export const headless = 'None';

export const needsClusterIp = ({ type = 'ClusterIP' }: ServiceSpec): boolean => type !== 'ExternalName';
export const needsNodePort = ({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
/** Services that clients outside of the cluster can reach. */
export const isExternallyAccessible = ({ type, externalIPs = [] }: ServiceSpec): boolean =>
  type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && externalIPs.length > 0);
export const needsHealthCheckPort = ({ type, externalTrafficPolicy }: ServiceSpec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
export const isHeadless = ({ clusterIP, clusterIPs = [] }: ServiceSpec): boolean =>
  clusterIP === headless || clusterIPs[0] === headless;

const defaultPort = (port: ServicePort): ServicePort => ({
  ...port,
  protocol: port.protocol ?? 'TCP',
  targetPort:
    port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '' ? port.port : port.targetPort,
});

/** Without affinity its settings go, so that a client can switch it off by that one field. */
function withAffinity({ sessionAffinityConfig, ...spec }: ServiceSpec): ServiceSpec {
  const { sessionAffinity = 'None' } = spec;
  if (sessionAffinity === 'None') return { ...spec, sessionAffinity };
  const timeoutSeconds = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800;
  return { ...spec, sessionAffinity, sessionAffinityConfig: { clientIP: { timeoutSeconds } } };
}

/** Fills in a Service: type, protocols, target ports, traffic policies and address family. */
export function defaultServiceSpec(spec: ServiceSpec): ServiceSpec {
  const type = spec.type ?? 'ClusterIP';
  const typed = { ...withAffinity(spec), type };
  const clusterIp = needsClusterIp(typed);
  return {
    ...typed,
    ...(spec.ports === undefined ? {} : { ports: spec.ports.map(defaultPort) }),
    ...(isExternallyAccessible(typed) ? { externalTrafficPolicy: spec.externalTrafficPolicy ?? 'Cluster' } : {}),
    ...(clusterIp ? { internalTrafficPolicy: spec.internalTrafficPolicy ?? 'Cluster' } : {}),
    ...(clusterIp && (spec.ipFamilies ?? []).length === 0 ? { ipFamilies: ['IPv4'] } : {}),
    ...(clusterIp ? { ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack' } : {}),
    ...(type === 'LoadBalancer' ? { allocateLoadBalancerNodePorts: spec.allocateLoadBalancerNodePorts ?? true } : {}),
  };
}

const sameList = (a: readonly string[] = [], b: readonly string[] = []): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

/** Keeps `clusterIP` and `clusterIPs` in step, whichever of them the client wrote. */
function alignClusterIps(spec: ServiceSpec, old: ServiceSpec | undefined): ServiceSpec {
  const { clusterIP = '', clusterIPs = [] } = spec;
  if (old === undefined)
    return clusterIP !== '' && clusterIPs.length === 0 ? { ...spec, clusterIPs: [clusterIP] } : spec;
  const { clusterIP: before = '', clusterIPs: allBefore = [] } = old;
  if (clusterIP === before) return spec;
  if (clusterIP === '') return sameList(clusterIPs, allBefore) ? without(spec, 'clusterIPs') : spec;
  return sameList(clusterIPs, allBefore) || clusterIPs.length === 0 ? { ...spec, clusterIPs: [clusterIP] } : spec;
}

/** Gives ports without a node port the one that they had before, found by name. */
function keepNodePorts(ports: readonly ServicePort[], old: readonly ServicePort[]): readonly ServicePort[] {
  const used = new Set(ports.map(({ nodePort = 0 }) => nodePort));
  const before = new Map(old.map(({ name = '', nodePort = 0 }) => [name, nodePort]));
  return ports.map((port) => {
    const known = before.get(port.name ?? '') ?? 0;
    if ((port.nodePort ?? 0) !== 0 || known === 0 || used.has(known)) return port;
    used.add(known);
    return { ...port, nodePort: known };
  });
}

/** Puts back what the server once allocated and a client that applies its manifest again leaves out. */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const both = (needs: (spec: ServiceSpec) => boolean): boolean => needs(spec) && needs(old);
  const { clusterIP = '', clusterIPs = [] } = spec;
  const address = clusterIP === '' ? old.clusterIP : clusterIP;
  return {
    ...spec,
    ...(both(needsClusterIp) && address !== undefined ? { clusterIP: address } : {}),
    ...(both(needsClusterIp) && clusterIPs.length === 0 && address === old.clusterIP && old.clusterIPs !== undefined
      ? { clusterIPs: old.clusterIPs }
      : {}),
    ...(both(needsNodePort) && spec.ports !== undefined ? { ports: keepNodePorts(spec.ports, old.ports ?? []) } : {}),
    ...(both(needsHealthCheckPort) && (spec.healthCheckNodePort ?? 0) === 0 && old.healthCheckNodePort !== undefined
      ? { healthCheckNodePort: old.healthCheckNodePort }
      : {}),
  };
}

const withoutNodePort = ({ nodePort: _nodePort, ...port }: ServicePort): ServicePort => port;

function without<K extends keyof ServiceSpec>(spec: ServiceSpec, ...fields: readonly K[]): ServiceSpec {
  const dropped: ReadonlySet<string> = new Set(fields);
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !dropped.has(name)));
}

/** Drops what belonged to the old type and the client has not touched, so that a Service may change its type. */
function dropForeign(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const left = (needs: (spec: ServiceSpec) => boolean): boolean => needs(old) && !needs(spec);
  let shaped = spec;
  if (left(needsClusterIp) && sameList(spec.clusterIPs, old.clusterIPs)) {
    shaped = without(shaped, 'clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
  }
  if (left(needsNodePort) && shaped.ports !== undefined) {
    const before = new Set((old.ports ?? []).map(({ nodePort = 0 }) => nodePort));
    const untouched = shaped.ports.every(({ nodePort = 0 }) => nodePort === 0 || before.has(nodePort));
    if (untouched) shaped = { ...shaped, ports: shaped.ports.map(withoutNodePort) };
  }
  if (left(needsHealthCheckPort) && spec.healthCheckNodePort === old.healthCheckNodePort) {
    shaped = without(shaped, 'healthCheckNodePort');
  }
  if (left(isExternallyAccessible) && spec.externalTrafficPolicy === old.externalTrafficPolicy) {
    shaped = without(shaped, 'externalTrafficPolicy');
  }
  const isBalanced = ({ type }: ServiceSpec): boolean => type === 'LoadBalancer';
  if (left(isBalanced)) {
    if (spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts) {
      shaped = without(shaped, 'allocateLoadBalancerNodePorts');
    }
    if (spec.loadBalancerClass === old.loadBalancerClass) shaped = without(shaped, 'loadBalancerClass');
  }
  return shaped;
}

/** A new Service without status, its addresses in step. */
export function prepareNewService(service: Service): Service {
  return { ...service, spec: alignClusterIps(service.spec, undefined), status: { loadBalancer: {} } };
}

/** A changed Service with what the server allocated and the client left out. */
export function prepareChangedService(service: Service, old: Service): Service {
  const kept = keepAllocated(dropForeign(service.spec, old.spec), old.spec);
  const spec = alignClusterIps(kept, old.spec);
  return {
    ...service,
    spec,
    ...(spec.type === 'LoadBalancer' ? {} : { status: { ...service.status, loadBalancer: {} } }),
  };
}
