import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Watch } from '../../store/store.ts';
import type { UserInfo } from '../auth/types.ts';
import type { ApiRequest, ApiResponse } from '../http/message.ts';
import type { Core } from '../registry/core.ts';
import { admissionContext } from '../registry/reader.ts';
import type { RequestInfo } from '../request/request-info.ts';
import type { ServiceDialer } from '../streaming/service-dialer.ts';
import type { ApiPriority } from './api-service-index.ts';
import { ApiServiceIndex } from './api-service-index.ts';
import type { AuthenticationConfig } from './authentication-config.ts';
import { keepAuthenticationConfig } from './authentication-config.ts';
import { Forwarder } from './forwarder.ts';
import { ApiServiceMonitor } from './monitor.ts';
import type { RemoteApi } from './remote-api.ts';
import { RemoteClient } from './remote-client.ts';

/** Who this server is to extension servers, and what it tells them about authentication; texts in PEM. */
export interface AggregationOptions extends AuthenticationConfig {
  readonly cert: string;
  readonly key: string;
}

/** A version of a group that another server answers for, as discovery shows it. */
export interface AggregatedVersion {
  readonly group: string;
  readonly version: string;
  /** In the form of aggregated discovery. */
  readonly resources: readonly unknown[];
  readonly isCurrent: boolean;
  /** Where its OpenAPI v3 document is to be had. */
  readonly openApi: string | undefined;
}

/** What discovery and OpenAPI have to know. */
export interface AggregatedApis {
  /** Grows whenever one of the others may have another answer. */
  readonly generation: number;
  priority(group: string, version: string): ApiPriority | undefined;
  versions(): readonly AggregatedVersion[];
}

/** The aggregation layer: other API servers, as parts of this one. */
export class Aggregation implements AggregatedApis {
  readonly #core: Core;
  readonly #options: AggregationOptions | undefined;
  readonly #index = new ApiServiceIndex();
  readonly #client: RemoteClient;
  readonly #monitor: ApiServiceMonitor;
  readonly #forwarder: Forwarder;
  #authentication: Watch | undefined;

  constructor(core: Core, options: AggregationOptions | undefined, dialService: ServiceDialer | undefined) {
    const { store, logger } = core;
    const reader = admissionContext(store);
    this.#core = core;
    this.#options = options;
    this.#client = new RemoteClient({ reader, dialService, identity: options });
    this.#forwarder = new Forwarder(this.#client, logger);
    this.#monitor = new ApiServiceMonitor({ store, index: this.#index, client: this.#client, reader, logger });
  }

  /** Resolves when it is known which requests are others' to answer. */
  async start(): Promise<void> {
    await this.#index.start(this.#core.store);
    this.#monitor.start();
    if (this.#options !== undefined) {
      this.#authentication = await keepAuthenticationConfig(this.#core, this.#options);
    }
  }

  async stop(): Promise<void> {
    this.#index.stop();
    this.#authentication?.stop();
    this.#client.close();
    await this.#monitor.stop();
  }

  /** Who answers a request, when it is another server. */
  remoteFor({ path, group, version }: RequestInfo): RemoteApi | undefined {
    if (group !== '') return this.#index.remote(group, version);
    // What others say about themselves is asked of them, too.
    const [, openApiGroup, openApiVersion] = /^\/openapi\/v3\/apis\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
    if (openApiGroup === undefined || openApiVersion === undefined) return undefined;
    return this.#index.remote(openApiGroup, openApiVersion);
  }

  answer(api: RemoteApi, request: ApiRequest, info: RequestInfo, user: UserInfo): Promise<ApiResponse> {
    return this.#forwarder.answer(api, request, info, user);
  }

  upgrade(
    api: RemoteApi,
    user: UserInfo,
    connection: { message: IncomingMessage; socket: Duplex; head: Buffer },
  ): Promise<void> {
    return this.#forwarder.upgrade(api, user, connection);
  }

  get generation(): number {
    return this.#index.generation + this.#monitor.generation;
  }

  priority(group: string, version: string): ApiPriority | undefined {
    return this.#index.priority(group, version);
  }

  versions(): readonly AggregatedVersion[] {
    return this.#index.allRemote().map(({ name, group, version }) => {
      const { documents, isCurrent } = this.#monitor.documents(name);
      const resources = documents?.discovery.resources ?? [];
      return { group, version, resources, isCurrent, openApi: documents?.openApi };
    });
  }
}
