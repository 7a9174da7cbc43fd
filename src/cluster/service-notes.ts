import type { Service } from '../api/core/service.schema.ts';
import type { EndpointSlice } from '../api/discovery/endpoint-slice.schema.ts';

/** The Services, as `namespace/name`, that select pods and have none that would answer now, sorted. */
export function unansweredServices(services: readonly Service[], slices: readonly EndpointSlice[]): readonly string[] {
  const answered = new Set(
    slices.flatMap(({ metadata, endpoints = [] }) => {
      const name = metadata.labels?.['kubernetes.io/service-name'];
      const ready = endpoints.some(({ conditions }) => conditions?.ready !== false);
      return ready && name !== undefined ? [`${metadata.namespace}/${name}`] : [];
    }),
  );
  return services
    .filter(({ spec }) => spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0)
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    .filter((key) => !answered.has(key))
    .toSorted((a, b) => (a < b ? -1 : 1));
}
