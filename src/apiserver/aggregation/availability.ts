import type { APIService } from '../../api/apiregistration/api-service.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { readyEndpoints } from '../streaming/service-dialer.ts';
import type { RemoteApi } from './remote-api.ts';

/** Whether an APIService can be used, and why. */
export interface Availability {
  readonly isAvailable: boolean;
  readonly reason: string;
  readonly message: string;
}

const no = (reason: string, message: string): Availability => ({ isAvailable: false, reason, message });

export const passed: Availability = { isAvailable: true, reason: 'Passed', message: 'all checks passed' };
export const local: Availability = {
  isAvailable: true,
  reason: 'Local',
  message: 'Local APIServices are always available',
};
export const failedCheck = (message: string): Availability => no('FailedDiscoveryCheck', message);

/** What stands in the way before the server itself is asked; undefined when nothing does. */
export function judgeService(
  { service: { namespace, name, port: number } }: RemoteApi,
  service: Service | undefined,
  slices: readonly EndpointSlice[],
): Availability | undefined {
  const shown = `service/${name} in ${JSON.stringify(namespace)}`;
  if (service === undefined) return no('ServiceNotFound', `${shown} is not present`);
  if (service.spec.type !== undefined && service.spec.type !== 'ClusterIP') return undefined;
  const port = service.spec.ports?.find((each) => each.port === number);
  if (port === undefined) return no('ServicePortError', `${shown} is not listening on port ${number}`);
  if (slices.length === 0) return no('EndpointsNotFound', `cannot find endpointslices for ${shown}`);
  const portName = port.name ?? '';
  if (readyEndpoints(slices, portName).length > 0) return undefined;
  const text = `endpointslices for ${shown} have no addresses with port name ${JSON.stringify(portName)}`;
  return no('MissingEndpoints', text);
}

/** An APIService that says so; the same object where it does already. */
export function withAvailability(apiService: APIService, judged: Availability, now: string): APIService {
  const status = judged.isAvailable ? 'True' : 'False';
  const { reason, message } = judged;
  const { conditions = [] } = apiService.status;
  const index = conditions.findIndex(({ type }) => type === 'Available');
  const before = conditions[index];
  if (before?.status === status && before.reason === reason && before.message === message) return apiService;
  const lastTransitionTime = before?.status === status ? (before.lastTransitionTime ?? now) : now;
  const condition = { type: 'Available', status, lastTransitionTime, reason, message };
  const changed = before === undefined ? [...conditions, condition] : conditions.with(index, condition);
  return { ...apiService, status: { ...apiService.status, conditions: changed } };
}
