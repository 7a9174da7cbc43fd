import { isIPv4 } from 'node:net';
import type { Service, ServicePort } from '../../api/core/service.schema.ts';
import type { Endpoint, EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { isPort } from '../../system/ipv4.ts';
import type { ServiceBackend } from '../model/route-table.ts';

const isReady = ({ conditions }: Endpoint): boolean => conditions?.ready !== false;
/** Going away, but still answering: better than nobody, as kube-proxy has it. */
const isLastResort = ({ conditions }: Endpoint): boolean =>
  conditions?.serving === true && conditions.terminating === true;

/**
 * Where a Service port's requests may go, as sorted `address:port` without repeats. Empty where the Service or its
 * port is missing, and where nothing is ready.
 */
export function planEndpoints(
  backend: Pick<ServiceBackend, 'port' | 'byAddress'>,
  service: Service | undefined,
  slices: readonly EndpointSlice[],
): readonly string[] {
  const port = servicePort(backend.port, service);
  if (port === undefined) return [];
  const address = service?.spec.clusterIP ?? '';
  // A Service without an address of its own has nothing but its endpoints.
  if (backend.byAddress && isIPv4(address)) return [`${address}:${port.port}`];
  const addresses = (accept: (endpoint: Endpoint) => boolean): readonly string[] => [
    ...new Set(slices.flatMap((slice) => addressesOf(slice, port, accept))),
  ];
  const ready = addresses(isReady);
  return (ready.length > 0 ? ready : addresses(isLastResort)).toSorted();
}

/** The Service's port that a backend means; undefined where there is none, or none for TCP. */
export function servicePort(wanted: ServiceBackend['port'], service: Service | undefined): ServicePort | undefined {
  const ports = (service?.spec.ports ?? []).filter(({ protocol }) => (protocol ?? 'TCP') === 'TCP');
  if (wanted === undefined) return ports[0];
  return ports.find(({ port, name }) => (typeof wanted === 'number' ? port === wanted : name === wanted));
}

function addressesOf(slice: EndpointSlice, port: ServicePort, accept: (endpoint: Endpoint) => boolean): string[] {
  if (slice.addressType !== 'IPv4') return [];
  const number = slice.ports?.find(
    ({ name, protocol }) => (name ?? '') === (port.name ?? '') && (protocol ?? 'TCP') === 'TCP',
  )?.port;
  if (!isPort(number)) return [];
  const accepted = (slice.endpoints ?? []).filter(accept);
  // All addresses of one endpoint are the same place; only the first is used, as everywhere.
  return accepted.flatMap(({ addresses: [first = ''] }) => (isIPv4(first) ? [`${first}:${number}`] : []));
}
