import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import type { Route, RouteTable, ServiceBackend } from '../model/route-table.ts';
import { backendId } from '../model/route-table.ts';
import { planEndpoints, servicePort } from '../plan/endpoints.ts';
import type { Problem } from '../plan/problem.ts';

/** What is known of Services, each by `namespace/name`. */
export interface ServiceLookup {
  readonly service: (key: string) => Service | undefined;
  readonly slices: (key: string) => readonly EndpointSlice[];
}

/** Why backends of a table answer 503: each Service port once for each Ingress that leads to it. */
export function backendProblems({ hosts }: RouteTable, lookup: ServiceLookup): readonly Problem[] {
  const faults = new Map<string, Omit<Problem, 'source'> | undefined>();
  const problems = new Map<string, Problem>();
  for (const { routes, fallback } of hosts) {
    for (const route of fallback === undefined ? routes : [...routes, fallback]) {
      for (const backend of serviceBackends(route)) {
        const id = backendId(backend);
        if (!faults.has(id)) faults.set(id, backendFault(backend, lookup));
        const fault = faults.get(id);
        if (fault !== undefined) problems.set(`${route.source.uid} ${id}`, { source: route.source, ...fault });
      }
    }
  }
  return [...problems.values()];
}

function serviceBackends({ action }: Route): readonly ServiceBackend[] {
  if (action.kind !== 'forward') return [];
  const chosen = action.backends.map(({ backend }) => backend);
  const all = action.fallback === undefined ? chosen : [...chosen, action.fallback];
  return all.filter((backend) => backend.kind === 'service');
}

/** Why nobody answers for a Service port; undefined where somebody does. */
export function backendFault(
  backend: ServiceBackend,
  { service: find, slices }: ServiceLookup,
): Omit<Problem, 'source'> | undefined {
  const key = `${backend.namespace}/${backend.service}`;
  const service = find(key);
  if (service === undefined) {
    return {
      reason: 'ServiceNotFound',
      message: `Service ${key} does not exist, so its paths answer 503`,
      service: key,
    };
  }
  if (servicePort(backend.port, service) === undefined) {
    const { port } = backend;
    const wanted = port === undefined ? 'port for TCP' : `TCP port ${JSON.stringify(port)}`;
    const message = `Service ${key} has no ${wanted} (${portsOf(service)}), so its paths answer 503`;
    return { reason: 'ServicePortNotFound', message, service: key };
  }
  const found = slices(key);
  if (planEndpoints(backend, service, found).length > 0) return undefined;
  const message = `${noEndpoints(key, service, found)}, so its paths answer 503`;
  return { reason: 'NoReadyEndpoints', message, service: key };
}

function portsOf({ spec }: Service): string {
  const names = (spec.ports ?? []).map(
    ({ name, port, protocol = 'TCP' }) =>
      `${port}${name === undefined || name === '' ? '' : ` ${JSON.stringify(name)}`}${protocol === 'TCP' ? '' : `/${protocol}`}`,
  );
  return names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
}

function noEndpoints(key: string, { spec }: Service, slices: readonly EndpointSlice[]): string {
  const selector = Object.entries(spec.selector ?? {}).map(([name, value]) => `${name}=${value}`);
  if (slices.some(({ endpoints = [] }) => endpoints.length > 0))
    return `Service ${key} has no ready endpoint: none of its pods is ready`;
  if (selector.length === 0) return `Service ${key} has no endpoint: it selects no pods`;
  return `Service ${key} has no endpoint: no running pod has the labels ${selector.join(',')}`;
}
