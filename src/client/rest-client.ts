import type { ApiClient, ListPage, ListQuery, ObjectAddress, PatchType, WatchEvent, WatchQuery } from './api-client.ts';
import type { DeleteOptions } from '../api/meta/meta.schema.ts';
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import { apiVersionOf } from '../api/resources.ts';
import { ConnectionError } from './connection-error.ts';
import { jsonLines } from './json-lines.ts';
import { collectionPath, listPath, objectPath, watchPath, withParameters } from './resource-path.ts';
import { statusError, statusErrorOfAnswer } from './status-answer.ts';
import type { Transport, TransportResponse } from './transport.ts';

const patchContentTypes: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export interface ApiClientOptions {
  /** The part in front of the `/` becomes the field manager of what this client writes. */
  readonly userAgent?: string;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

interface ListBody<T extends KubeObject> {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

interface WireEvent {
  readonly type: string;
  readonly object: {
    readonly metadata?: {
      readonly resourceVersion?: string;
      readonly annotations?: Readonly<Record<string, string>>;
    };
  };
}

async function readAll(response: TransportResponse): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function parse(body: Buffer, path: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new ConnectionError('EBADMSG', `the answer to ${path} is not JSON; is this an API server?`, cause);
  }
}

/** Typed access to an API server over `transport`; bodies are JSON both ways. */
export function createApiClient(transport: Transport, options: ApiClientOptions = {}): ApiClient {
  return new RestClient(transport, options.userAgent ?? 'cox/v1');
}

class RestClient implements ApiClient {
  readonly #transport: Transport;
  readonly #userAgent: string;

  constructor(transport: Transport, userAgent: string) {
    this.#transport = transport;
    this.#userAgent = userAgent;
  }

  get<T extends KubeObject>(resource: Resource<T>, address: ObjectAddress): Promise<T> {
    return this.#call({ method: 'GET', path: objectPath(resource, address) });
  }

  async list<T extends KubeObject>(resource: Resource<T>, query: ListQuery = {}): Promise<ListPage<T>> {
    const body = await this.#call<ListBody<T>>({ method: 'GET', path: listPath(resource, query) });
    const { resourceVersion = '', continue: token } = body.metadata;
    const items = body.items ?? [];
    // A list names the kind once, for all of its items; a caller wants each object whole.
    const apiVersion = apiVersionOf(resource);
    const whole = items.map((item) =>
      item.kind === undefined || item.apiVersion === undefined ? { ...item, apiVersion, kind: resource.kind } : item,
    );
    return { items: whole, resourceVersion, continue: token === '' ? undefined : token };
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    query: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    if (signal.aborted) return;
    try {
      const response = await this.#send({ method: 'GET', path: watchPath(resource, query), signal });
      for await (const event of jsonLines(response.body)) {
        if (signal.aborted) return;
        yield readEvent<T>(event as WireEvent);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  create<T extends KubeObject>(resource: Resource<T>, object: Parameters<ApiClient['create']>[1]): Promise<T> {
    const path = collectionPath(resource, object.metadata.namespace);
    return this.#call({ method: 'POST', path, body: this.#typed(resource, object) });
  }

  update<T extends KubeObject>(resource: Resource<T>, object: T, options: { subresource?: string } = {}): Promise<T> {
    const path = objectPath(resource, object.metadata, options.subresource);
    return this.#call({ method: 'PUT', path, body: this.#typed(resource, object) });
  }

  updateStatus<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    return this.update(resource, object, { subresource: 'status' });
  }

  patch<T extends KubeObject>(
    resource: Resource<T>,
    address: ObjectAddress,
    type: PatchType,
    body: unknown,
    options: Parameters<ApiClient['patch']>[4] = {},
  ): Promise<T> {
    const { fieldManager, force, subresource, namespace } = options;
    const path = objectPath(resource, { ...address, namespace: address.namespace ?? namespace }, subresource);
    return this.#call({
      method: 'PATCH',
      path: withParameters(path, { fieldManager, force }),
      contentType: patchContentTypes[type],
      body,
    });
  }

  async delete<T extends KubeObject>(
    resource: Resource<T>,
    address: ObjectAddress,
    options: Partial<DeleteOptions> = {},
  ): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options };
    await this.#call({ method: 'DELETE', path: objectPath(resource, address), body });
  }

  post<T>(resource: Resource, address: ObjectAddress, subresource: string, body: unknown): Promise<T> {
    return this.#call({ method: 'POST', path: objectPath(resource, address, subresource), body });
  }

  async raw(method: string, path: string, body?: unknown): Promise<{ status: number; body: Buffer }> {
    const response = await this.#exchange({ method, path, body });
    return { status: response.status, body: await readAll(response) };
  }

  #typed(resource: Resource, object: object): object {
    return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
  }

  async #call<T>(call: Call): Promise<T> {
    // The wire's edge: the server is trusted to send what the resource says.
    return parse(await readAll(await this.#send(call)), call.path) as T;
  }

  async #send(call: Call): Promise<TransportResponse> {
    const response = await this.#exchange(call);
    if (response.status < 200 || response.status > 299) {
      throw statusErrorOfAnswer(response.status, await readAll(response));
    }
    return response;
  }

  #exchange({ method, path, body, contentType = 'application/json', signal }: Call): Promise<TransportResponse> {
    const headers: Record<string, string> = { accept: 'application/json', 'user-agent': this.#userAgent };
    if (body !== undefined) headers['content-type'] = contentType;
    return this.#transport.request({
      method,
      path,
      headers,
      ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

function readEvent<T extends KubeObject>(event: WireEvent): WatchEvent<T> {
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object: event.object as unknown as T };
    case 'BOOKMARK': {
      const { resourceVersion = '', annotations = {} } = event.object.metadata ?? {};
      const initialEventsEnd = annotations['k8s.io/initial-events-end'] === 'true';
      return { type: 'BOOKMARK', resourceVersion, initialEventsEnd };
    }
    case 'ERROR':
      throw statusError(event.object);
    default:
      throw new ConnectionError('EBADMSG', `a watch sent an event of the unknown type ${JSON.stringify(event.type)}`);
  }
}
