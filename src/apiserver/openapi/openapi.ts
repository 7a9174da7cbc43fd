import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { StatusError } from '../../api/status-error.ts';
import { servedGroups } from '../discovery/groups.ts';
import type { ApiRequest, ApiResponse } from '../http/message.ts';
import { headerOf } from '../http/message.ts';
import { formatOf, parseAccept } from '../negotiation/accept.ts';
import type { KindRegistry } from '../registry/kind-registry.ts';
import type { OpenApiDocument } from './document.ts';
import { describeVersion, documentPath } from './document.ts';
import { toSwagger } from './swagger.ts';

const compress = promisify(gzip);
const yearInSeconds = 31_536_000;

class Encoded {
  readonly body: Buffer;
  readonly hash: string;
  #compressed: Promise<Buffer> | undefined;

  constructor(value: unknown) {
    this.body = Buffer.from(JSON.stringify(value));
    this.hash = createHash('sha256').update(this.body).digest('hex').toUpperCase();
  }

  compressed(): Promise<Buffer> {
    this.#compressed ??= compress(this.body);
    return this.#compressed;
  }
}

/** Describes the API to clients: `/openapi/v3`, one document for each group and version below it, `/openapi/v2`. */
export class OpenApi {
  readonly #kinds: KindRegistry;
  /** By what follows `/openapi/v3/`; described when somebody asks, encoded when somebody wants all of it. */
  readonly #documents = new Map<string, () => OpenApiDocument>();
  readonly #encoded = new Map<string, Encoded>();
  #generation = -1;

  constructor(kinds: KindRegistry) {
    this.#kinds = kinds;
  }

  /**
   * The answer to a request for `path` (without query); undefined when it is none of these documents.
   * Throws StatusError `NotAcceptable` when the client takes no JSON.
   */
  async answer(request: ApiRequest, path: string): Promise<ApiResponse | undefined> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const name = /^\/openapi\/(v[23](?:\/.+)?)$/.exec(path.replace(/\/+$/, ''))?.[1];
    if (name === undefined) return undefined;
    this.#refresh();
    const known = this.#encoded.get(name);
    const value = known === undefined ? this.#describe(name) : undefined;
    if (known === undefined && value === undefined) return undefined;
    if (!acceptsJson(request)) {
      throw new StatusError('NotAcceptable', 'only the following media types are accepted: application/json');
    }
    const encoded = known ?? new Encoded(value);
    this.#encoded.set(name, encoded);
    return respond(request, path, encoded);
  }

  #refresh(): void {
    const { generation } = this.#kinds;
    if (generation === this.#generation) return;
    this.#documents.clear();
    this.#encoded.clear();
    for (const { name, versions } of servedGroups(this.#kinds.all())) {
      for (const served of versions) {
        const describe = (): OpenApiDocument => describeVersion(name, served, this.#kinds);
        this.#documents.set(documentPath(name, served.version), describe);
      }
    }
    this.#generation = generation;
  }

  #describe(name: string): unknown {
    if (name === 'v3') return this.#index();
    if (name === 'v2') return toSwagger([...this.#documents.values()].map((describe) => describe()));
    return name.startsWith('v3/') ? this.#documents.get(name.slice(3))?.() : undefined;
  }

  #index(): unknown {
    const entries = [...this.#documents].map(([name, describe]) => {
      const key = `v3/${name}`;
      const encoded = this.#encoded.get(key) ?? new Encoded(describe());
      this.#encoded.set(key, encoded);
      return [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${encoded.hash}` }];
    });
    return { paths: Object.fromEntries(entries) };
  }
}

function acceptsJson(request: ApiRequest): boolean {
  return parseAccept(headerOf(request, 'accept')).some((range) => formatOf(range) === 'json');
}

async function respond(request: ApiRequest, path: string, encoded: Encoded): Promise<ApiResponse> {
  const asked = new URLSearchParams(request.url.split('?')[1] ?? '').get('hash');
  const headers: Record<string, string> = {
    'content-type': 'application/json',
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
