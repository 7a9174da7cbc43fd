import type { Service } from '../../api/core/service.schema.ts';
import type { Endpoint, EndpointHints } from '../../api/discovery/endpoint-slice.schema.ts';

/**
 * For whom an endpoint is meant, by the Service's trafficDistribution, as upstream sets it: those of its zone, or of its
 * node and, for proxies that do not know of nodes, its zone. Endpoints that are not ready are meant for nobody yet.
 */
export function hintsOf(
  { spec }: Pick<Service, 'spec'>,
  { conditions, zone, nodeName }: Pick<Endpoint, 'conditions' | 'zone' | 'nodeName'>,
): EndpointHints | undefined {
  if (conditions?.ready !== true) return undefined;
  const forZones = zone === undefined ? {} : { forZones: [{ name: zone }] };
  switch (spec.trafficDistribution) {
    case 'PreferClose':
    case 'PreferSameZone':
      return zone === undefined ? undefined : forZones;
    case 'PreferSameNode':
      return nodeName === undefined ? undefined : { ...forZones, forNodes: [{ name: nodeName }] };
    default:
      return undefined;
  }
}
