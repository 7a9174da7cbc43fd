import { isIPv4 } from 'node:net';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import type { Protocol, SocketAddress } from '../model.ts';
import { isPort } from '../../system/ipv4.ts';
import { isForeign } from './service-ports.ts';

/** One endpoint of one Service port, as the proxy sees it. */
export interface ServiceEndpoint extends SocketAddress {
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Whether it runs on this node. */
  readonly local: boolean;
  /** Zones and nodes whose clients should use it; empty where the controller gave no hint. */
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
}

export interface Location {
  readonly nodeName: string;
  readonly zone?: string | undefined;
}

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];

/** The endpoints of the port called `portName` (empty for the only, unnamed one), sorted, each address once. */
export function endpointsOf(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: Protocol,
  nodeName: string,
): readonly ServiceEndpoint[] {
  const found = new Map<string, ServiceEndpoint>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4' || isForeign(slice.metadata.labels)) continue;
    for (const { name = '', protocol: transport = 'TCP', port } of slice.ports ?? []) {
      if (name !== portName || transport !== protocol || !isPort(port)) continue;
      for (const endpoint of slice.endpoints ?? []) {
        const ip = endpoint.addresses[0];
        if (ip === undefined || !isIPv4(ip)) continue;
        const next = describe(endpoint, { ip, port }, nodeName);
        const key = `${ip}:${port}`;
        // While a pod moves from one slice to another it is in both: the better news counts.
        if (!(found.get(key)?.ready ?? false)) found.set(key, next);
      }
    }
  }
  return [...found.values()].toSorted((a, b) => compareText(a.ip, b.ip) || a.port - b.port);
}

function describe(endpoint: Endpoint, address: SocketAddress, nodeName: string): ServiceEndpoint {
  const { ready = true, serving = true, terminating = false } = endpoint.conditions ?? {};
  return {
    ...address,
    ready,
    serving,
    terminating,
    local: endpoint.nodeName === nodeName,
    zoneHints: endpoint.hints?.forZones?.map(({ name }) => name) ?? [],
    nodeHints: endpoint.hints?.forNodes?.map(({ name }) => name) ?? [],
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The endpoints that each traffic policy may use on this node. */
export interface UsableEndpoints {
  /** For policy Cluster. */
  readonly cluster: readonly ServiceEndpoint[];
  /** For policy Local. */
  readonly local: readonly ServiceEndpoint[];
}

/**
 * Chooses the endpoints for each policy: ready ones, narrowed by topology hints for policy Cluster; where there is no
 * ready one, those that still serve while they terminate. Decided for Cluster and Local separately, as upstream does.
 */
export function usableEndpoints(endpoints: readonly ServiceEndpoint[], location: Location): UsableEndpoints {
  return { cluster: narrow(usable(endpoints), location), local: usable(endpoints.filter(({ local }) => local)) };
}

function usable(endpoints: readonly ServiceEndpoint[]): readonly ServiceEndpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : endpoints.filter(({ serving, terminating }) => serving && terminating);
}

/** Hints count only when every ready endpoint has one and at least one is meant for this node. */
function narrow(endpoints: readonly ServiceEndpoint[], location: Location): readonly ServiceEndpoint[] {
  const first = endpoints[0];
  if (first === undefined || !first.ready) return endpoints;
  if (endpoints.every(({ nodeHints }) => nodeHints.length > 0)) {
    const near = endpoints.filter(({ nodeHints }) => nodeHints.includes(location.nodeName));
    if (near.length > 0) return near;
  }
  const { zone } = location;
  if (zone !== undefined && endpoints.every(({ zoneHints }) => zoneHints.length > 0)) {
    const near = endpoints.filter(({ zoneHints }) => zoneHints.includes(zone));
    if (near.length > 0) return near;
  }
  return endpoints;
}
