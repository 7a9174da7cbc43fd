import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { StatusError } from '../../api/status-error.ts';
import type { AggregatedApis } from '../aggregation/aggregation.ts';
import type { ServedVersion } from '../discovery/groups.ts';
import { servedGroups } from '../discovery/groups.ts';
import type { ApiRequest, ApiResponse } from '../http/message.ts';
import { headerOf } from '../http/message.ts';
import { formatOf, parseAccept } from '../negotiation/accept.ts';
import type { KindRegistry } from '../registry/kind-registry.ts';
import type { OpenApiDocument } from './document.ts';
import { describeVersion, documentPath } from './document.ts';
import { encodeSwagger } from './swagger-protobuf.ts';
import { toSwagger } from './swagger.ts';

const compress = promisify(gzip);
const yearInSeconds = 31_536_000;

/** Forms of the documents besides JSON, by media type; the one with `@` is what older clients write. */
const swaggerProtobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const protobufTypes = [swaggerProtobuf, 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'];

class Encoded {
  readonly type: string;
  readonly body: Buffer;
  readonly hash: string;
  #compressed: Promise<Buffer> | undefined;

  constructor(type: string, body: Buffer) {
    this.type = type;
    this.body = body;
    this.hash = createHash('sha256').update(this.body).digest('hex').toUpperCase();
  }

  compressed(): Promise<Buffer> {
    this.#compressed ??= compress(this.body);
    return this.#compressed;
  }
}

function encodeJson(value: unknown): Encoded {
  return new Encoded('application/json', Buffer.from(JSON.stringify(value)));
}

/** One version of a group, and its description. */
interface Described {
  readonly served: ServedVersion;
  readonly describe: () => OpenApiDocument;
}

function isSame(before: ServedVersion | undefined, now: ServedVersion): boolean {
  return before?.kinds.length === now.kinds.length && now.kinds.every((kind, index) => kind === before.kinds[index]);
}

/** Describes the API to clients: `/openapi/v3`, one document for each group and version below it, `/openapi/v2`. */
export class OpenApi {
  readonly #kinds: KindRegistry;
  /** By what follows `/openapi/v3/`; described when somebody asks, encoded when somebody wants all of it. */
  readonly #documents = new Map<string, Described>();
  readonly #encoded = new Map<string, Encoded>();
  readonly #aggregated: AggregatedApis | undefined;
  #generation = '';

  constructor(kinds: KindRegistry, aggregated?: AggregatedApis) {
    this.#kinds = kinds;
    this.#aggregated = aggregated;
  }

  /**
   * The answer to a request for `path` (without query); undefined when it is none of these documents.
   * Throws StatusError `NotAcceptable` when the client takes no form that there is.
   */
  async answer(request: ApiRequest, path: string): Promise<ApiResponse | undefined> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const name = /^\/openapi\/(v[23](?:\/.+)?)$/.exec(path.replace(/\/+$/, ''))?.[1];
    if (name === undefined) return undefined;
    this.#refresh();
    if (name !== 'v2' && name !== 'v3' && !this.#documents.has(name.slice('v3/'.length))) return undefined;
    const type = chooseType(request, name);
    const key = type === swaggerProtobuf ? `${name} protobuf` : name;
    const encoded = this.#encoded.get(key) ?? this.#encode(name, type);
    this.#encoded.set(key, encoded);
    return respond(request, path, encoded);
  }

  #refresh(): void {
    const generation = `${this.#kinds.generation} ${this.#aggregated?.generation}`;
    if (generation === this.#generation) return;
    const others = this.#aggregated?.versions() ?? [];
    const elsewhere = new Set(others.map(({ group, version }) => documentPath(group, version)));
    const before = new Map(this.#documents);
    const encoded = new Map(this.#encoded);
    this.#documents.clear();
    this.#encoded.clear();
    for (const { name, versions } of servedGroups(this.#kinds.all())) {
      for (const served of versions) {
        const path = documentPath(name, served.version);
        if (elsewhere.has(path)) continue;
        const describe = (): OpenApiDocument => describeVersion(name, served, this.#kinds);
        this.#documents.set(path, { served, describe });
        const kept = encoded.get(`v3/${path}`);
        // Of a kind that comes or goes, the documents of other groups know nothing.
        if (kept !== undefined && isSame(before.get(path)?.served, served)) this.#encoded.set(`v3/${path}`, kept);
      }
    }
    this.#generation = generation;
  }

  #encode(name: string, type: string): Encoded {
    if (name === 'v3') return encodeJson(this.#index());
    if (name !== 'v2') return encodeJson(this.#documents.get(name.slice('v3/'.length))?.describe());
    const swagger = toSwagger([...this.#documents.values()].map(({ describe }) => describe()));
    return type === swaggerProtobuf ? new Encoded(type, encodeSwagger(swagger)) : encodeJson(swagger);
  }

  #index(): unknown {
    const entries = [...this.#documents].map(([name, { describe }]) => {
      const key = `v3/${name}`;
      const encoded = this.#encoded.get(key) ?? encodeJson(describe());
      this.#encoded.set(key, encoded);
      return [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${encoded.hash}` }];
    });
    const others = this.#aggregated?.versions() ?? [];
    const elsewhere = others.flatMap(({ group, version, openApi }) =>
      openApi === undefined ? [] : [[documentPath(group, version), { serverRelativeURL: openApi }]],
    );
    return { paths: Object.fromEntries([...entries, ...elsewhere]) };
  }
}

/** The type of the answer; of version 2 there is a protobuf form, too. */
function chooseType(request: ApiRequest, name: string): string {
  for (const range of parseAccept(headerOf(request, 'accept'))) {
    if (formatOf(range) === 'json') return 'application/json';
    if (name === 'v2' && protobufTypes.includes(range.type)) return swaggerProtobuf;
  }
  const types = ['application/json', ...(name === 'v2' ? protobufTypes : [])];
  throw new StatusError('NotAcceptable', `only the following media types are accepted: ${types.join(', ')}`);
}

async function respond(request: ApiRequest, path: string, encoded: Encoded): Promise<ApiResponse> {
  const asked = new URLSearchParams(request.url.split('?')[1] ?? '').get('hash');
  const headers: Record<string, string> = {
    'content-type': encoded.type,
    etag: `"${encoded.hash}"`,
    vary: 'Accept, Accept-Encoding',
    'cache-control': 'public',
  };
  if (asked !== null && asked !== encoded.hash) {
    return { status: 301, headers: { ...headers, location: `${path}?hash=${encoded.hash}` }, body: Buffer.alloc(0) };
  }
  if (asked !== null) {
    // The address names the contents.
    headers['cache-control'] = `public, immutable, max-age=${yearInSeconds}`;
    headers['expires'] = new Date(Date.now() + yearInSeconds * 1000).toUTCString();
  }
  const known = headerOf(request, 'if-none-match').split(',');
  if (known.some((tag) => tag.trim().replace(/^W\//, '') === headers['etag'])) {
    return { status: 304, headers, body: Buffer.alloc(0) };
  }
  if (!/\bgzip\b/.test(headerOf(request, 'accept-encoding'))) return { status: 200, headers, body: encoded.body };
  return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: await encoded.compressed() };
}
