import { createHash } from 'node:crypto';
import { StatusError } from '../../api/status-error.ts';
import type { AggregatedApis } from '../aggregation/aggregation.ts';
import type { ApiRequest, ApiResponse } from '../http/message.ts';
import { headerOf } from '../http/message.ts';
import type { MediaRange } from '../negotiation/accept.ts';
import { formatOf, parseAccept } from '../negotiation/accept.ts';
import type { KindRegistry } from '../registry/kind-registry.ts';
import { withAggregated } from './aggregated-groups.ts';
import type { ServedGroup } from './groups.ts';
import { servedGroups } from './groups.ts';
import type { AggregatedVersion } from './resources.ts';
import { apiGroup, apiGroupList, groupDiscoveryList, resourceList } from './resources.ts';

type Form = 'plain' | AggregatedVersion;

interface Document {
  readonly body: Buffer;
  readonly etag: string;
}

/** Tells clients what is served: `/api`, `/apis` and the paths of groups and versions below. */
export class Discovery {
  readonly #kinds: KindRegistry;
  readonly #documents = new Map<string, Document>();
  readonly #aggregated: AggregatedApis | undefined;
  #groups: readonly ServedGroup[] = [];
  #generation = '';

  constructor(kinds: KindRegistry, aggregated?: AggregatedApis) {
    this.#kinds = kinds;
    this.#aggregated = aggregated;
  }

  /**
   * The answer to a request for `path` (without query); undefined when it is none of discovery's.
   * Throws StatusError `NotAcceptable` when the client takes no JSON.
   */
  answer(request: ApiRequest, path: string): ApiResponse | undefined {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const segments = path.split('/').filter((segment) => segment !== '');
    if ((segments[0] !== 'api' && segments[0] !== 'apis') || segments.length > 3) return undefined;
    this.#refresh();
    // Only the two roots have an aggregated form.
    const form = segments.length > 1 ? plainForm(request) : chooseForm(request);
    const address = path === '/api' && form === 'plain' ? addressOf(request) : '';
    const key = `${form} ${segments.join('/')} ${address}`;
    let document = address === '' ? this.#documents.get(key) : undefined;
    if (document === undefined) {
      const value = this.#describe(segments, form, address);
      if (value === undefined) return undefined;
      document = encode(value);
      if (address === '') this.#documents.set(key, document);
    }
    return respond(request, document, form);
  }

  #refresh(): void {
    const generation = `${this.#kinds.generation} ${this.#aggregated?.generation}`;
    if (generation === this.#generation) return;
    const own = servedGroups(this.#kinds.all());
    this.#groups = this.#aggregated === undefined ? own : withAggregated(own, this.#aggregated);
    this.#documents.clear();
    this.#generation = generation;
  }

  #describe(segments: readonly string[], form: Form, address: string): unknown {
    const [root, first, second] = segments;
    const core = this.#groups.filter(({ name }) => name === '');
    const named = this.#groups.filter(({ name }) => name !== '');
    if (first === undefined) {
      const groups = root === 'api' ? core : named;
      if (form !== 'plain') return groupDiscoveryList(groups, form);
      return root === 'apis' ? apiGroupList(groups) : apiVersions(core, address);
    }
    if (root === 'api') return second === undefined ? describeVersion(core[0], first) : undefined;
    const group = named.find(({ name }) => name === first);
    if (group === undefined) return undefined;
    return second === undefined ? apiGroup(group) : describeVersion(group, second);
  }
}

function describeVersion(group: ServedGroup | undefined, version: string): unknown {
  const served = group?.versions.find((candidate) => candidate.version === version);
  return group === undefined || served === undefined ? undefined : resourceList(group.name, served);
}

function apiVersions(core: readonly ServedGroup[], address: string): unknown {
  return {
    kind: 'APIVersions',
    versions: core.flatMap(({ versions }) => versions.map(({ version }) => version)),
    serverAddressByClientCIDRs: address === '' ? [] : [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

/** Where the client found the server. */
function addressOf(request: ApiRequest): string {
  return headerOf(request, ':authority') || headerOf(request, 'host');
}

function formOf(range: MediaRange): Form | undefined {
  if (formatOf(range) !== 'json') return undefined;
  const { as, g: group, v: version } = range.parameters;
  if (as === undefined) return 'plain';
  if (as !== 'APIGroupDiscoveryList' || group !== 'apidiscovery.k8s.io') return undefined;
  return version === 'v2' || version === 'v2beta1' ? version : undefined;
}

function chooseForm(request: ApiRequest): Form {
  for (const range of parseAccept(headerOf(request, 'accept'))) {
    const form = formOf(range);
    if (form !== undefined) return form;
  }
  throw new StatusError('NotAcceptable', 'only the following media types are accepted: application/json');
}

function plainForm(request: ApiRequest): Form {
  const ranges = parseAccept(headerOf(request, 'accept'));
  if (ranges.some((range) => formatOf(range) === 'json')) return 'plain';
  throw new StatusError('NotAcceptable', 'only the following media types are accepted: application/json');
}

function encode(value: unknown): Document {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  return { body, etag: `"${createHash('sha256').update(body).digest('hex').toUpperCase()}"` };
}

function respond(request: ApiRequest, { body, etag }: Document, form: Form): ApiResponse {
  const parameters = form === 'plain' ? '' : `;g=apidiscovery.k8s.io;v=${form};as=APIGroupDiscoveryList`;
  const headers = {
    'content-type': `application/json${parameters}`,
    etag,
    vary: 'Accept',
    // Kept by clients, but asked for again each time.
    'cache-control': 'public',
  };
  const known = headerOf(request, 'if-none-match').split(',');
  if (known.some((tag) => tag.trim().replace(/^W\//, '') === etag)) {
    return { status: 304, headers, body: Buffer.alloc(0) };
  }
  return { status: 200, headers, body };
}
