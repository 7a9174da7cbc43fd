import type { Service } from '../../api/core/service.schema.ts';
import { services } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { UserInfo } from '../auth/types.ts';
import type { ServiceReader } from '../streaming/service-dialer.ts';
import { slicesOf } from '../streaming/service-dialer.ts';
import type { Availability } from './availability.ts';
import { failedCheck, judgeService, passed } from './availability.ts';
import type { RemoteApi } from './remote-api.ts';
import type { RemoteClient } from './remote-client.ts';

/** This server, as extension servers see it when it asks for itself. */
export const aggregatorUser: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] };
const probeMs = 5000;
/** Beside the first attempt: one endpoint of several that is away is not all of them. */
const moreAttempts = 4;

async function readService({ service }: RemoteApi, { read }: ServiceReader): Promise<Service | undefined> {
  try {
    return await read(services, service);
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}

function shownUrl({ group, version, service: { port } }: RemoteApi, { spec }: Service): string {
  const host = spec.type === 'ExternalName' ? (spec.externalName ?? '') : (spec.clusterIP ?? '');
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}/apis/${group}/${version}`;
}

/** Asks for what every API server has to serve; throws an error that says what came instead. */
async function ask(client: RemoteClient, api: RemoteApi, url: string): Promise<void> {
  const path = `/apis/${api.group}/${api.version}`;
  const options = { user: aggregatorUser, accept: 'application/json', timeoutMs: probeMs };
  const { status } = await client.get(api, path, options).catch((error: Error) => {
    throw new Error(`Get ${JSON.stringify(url)}: ${error.message}`, { cause: error });
  });
  if (status < 200 || status > 299) throw new Error(`bad status from ${url}: ${status}`);
}

/** Whether requests can be forwarded now: by the Service, by its endpoints, and by what one of them answers. */
export async function checkAvailability(
  client: RemoteClient,
  reader: ServiceReader,
  api: RemoteApi,
): Promise<Availability> {
  const service = await readService(api, reader);
  const judged = judgeService(api, service, await slicesOf(api.service, reader));
  if (judged !== undefined || service === undefined) return judged ?? failedCheck('the service has gone');
  const url = shownUrl(api, service);
  const attempt = (): Promise<void> => ask(client, api, url);
  try {
    await attempt().catch(() => Promise.any(Array.from({ length: moreAttempts }, attempt)));
    return passed;
  } catch (error) {
    const [last] = (error as AggregateError).errors as readonly Error[];
    return failedCheck(`failing or missing response from ${url}: ${last?.message ?? ''}`);
  }
}
