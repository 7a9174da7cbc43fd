import type { RemoteApi } from './remote-api.ts';
import type { RemoteClient } from './remote-client.ts';
import { aggregatorUser } from './probe.ts';
import type { RemoteVersion } from './remote-discovery.ts';
import {
  aggregatedTypes,
  isAggregated,
  openApiPath,
  versionOfAggregated,
  versionOfResourceList,
} from './remote-discovery.ts';

/** What an extension server says about itself. */
export interface RemoteDocuments {
  readonly discovery: RemoteVersion;
  /** By what it names the state of its discovery; empty when by nothing. */
  readonly etag: string;
  /** Where its OpenAPI v3 document is to be had, here as there; undefined without one. */
  readonly openApi: string | undefined;
}

const timeoutMs = 5000;
const json = 'application/json';

async function fetchDiscovery(
  client: RemoteClient,
  api: RemoteApi,
  known: RemoteDocuments | undefined,
): Promise<Pick<RemoteDocuments, 'discovery' | 'etag'>> {
  const { group, version } = api;
  const etag = known === undefined || known.etag === '' ? undefined : known.etag;
  const accept = aggregatedTypes.join(',');
  const whole = await client.get(api, '/apis', { user: aggregatorUser, accept, etag, timeoutMs });
  if (whole.status === 304 && known !== undefined) return known;
  if (whole.status === 503) throw new Error('the server answered /apis with 503');
  if (whole.status === 200 && isAggregated(whole.headers['content-type'])) {
    const discovery = versionOfAggregated(JSON.parse(whole.text), group, version);
    return { discovery, etag: whole.headers.etag ?? '' };
  }
  // One that knows no aggregated form: it has a list for each version.
  const path = `/apis/${group}/${version}`;
  const list = await client.get(api, path, { user: aggregatorUser, accept: json, timeoutMs });
  if (list.status !== 200) throw new Error(`the server answered ${path} with ${list.status}`);
  return { discovery: versionOfResourceList(JSON.parse(list.text)), etag: '' };
}

async function fetchOpenApi(client: RemoteClient, api: RemoteApi): Promise<string | undefined> {
  const index = await client.get(api, '/openapi/v3', { user: aggregatorUser, accept: json, timeoutMs });
  return index.status === 200 ? openApiPath(JSON.parse(index.text), api.group, api.version) : undefined;
}

/** Asks an extension server what it serves; throws when it cannot say. */
export async function fetchDocuments(
  client: RemoteClient,
  api: RemoteApi,
  known: RemoteDocuments | undefined,
): Promise<RemoteDocuments> {
  const discovery = await fetchDiscovery(client, api, known);
  // Without a description it can be used all the same.
  const openApi = await fetchOpenApi(client, api).catch(() => undefined);
  return { ...discovery, openApi };
}
