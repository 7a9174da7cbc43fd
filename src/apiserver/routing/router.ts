import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { StatusError } from '../../api/status-error.ts';
import type { Logger } from '../../system/logger.ts';
import type { Aggregation } from '../aggregation/aggregation.ts';
import { forbidden } from '../auth/forbidden.ts';
import type { Authenticator, Authorizer, RequestAttributes, UserInfo } from '../auth/types.ts';
import { anonymous } from '../auth/types.ts';
import type { ApiRequest, ApiResponse } from '../http/message.ts';
import { asStatusError, badRequest, errorResponse, unknownPath } from '../http/status.ts';
import type { RequestInfo } from '../request/request-info.ts';
import { parseRequest } from '../request/request-info.ts';
import { isWebSocket, serveWebSocket } from '../watch/websocket.ts';
import { admitConnect } from './admit-connect.ts';
import { connectTarget, noConnections } from './connect.ts';
import type { ServerMetrics } from './metrics.ts';
import type { ServerParts } from './parts.ts';
import { handleResource } from './resources.ts';

/** Answers a path that is no resource; undefined when nothing is there. */
export type PathHandler = (request: ApiRequest, info: RequestInfo) => Promise<ApiResponse | undefined>;

export interface RouterOptions {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly parts: ServerParts;
  readonly aggregation: Aggregation;
  readonly paths: PathHandler;
  readonly metrics: ServerMetrics;
  readonly logger: Logger;
}

const listVerbs = new Set(['list', 'watch', 'deletecollection']);

/** Who asks, may they, and who answers: the way of every request. */
export class Router {
  readonly #options: RouterOptions;

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** Never rejects: whatever goes wrong becomes an answer. */
  async handle(request: ApiRequest): Promise<ApiResponse> {
    let done: ((code: number) => void) | undefined;
    let answer: ApiResponse;
    try {
      const info = normalized(parseRequest(request.method, request.url));
      done = this.#options.metrics.begin(info);
      answer = await this.#answer(request, info);
    } catch (error) {
      answer = this.#failure(request, error);
    }
    done?.(answer.status);
    return answer;
  }

  /** Hands an upgraded connection over; rejects with the StatusError that is to be answered instead. */
  async upgrade(request: ApiRequest, message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { parts, aggregation } = this.#options;
    const info = normalized(parseRequest(request.method, request.url));
    const user = await this.#authorized(request, info);
    const remote = aggregation.remoteFor(info);
    if (remote !== undefined) return aggregation.upgrade(remote, user, { message, socket, head });
    if (info.isResource && info.verb === 'watch' && isWebSocket(message)) {
      const { body } = await handleResource(request, info, user, parts);
      if (typeof body === 'function') return serveWebSocket({ message, socket, head }, body);
    }
    const kind = info.isResource ? parts.core.kinds.resource(info.group, info.version, info.resource) : undefined;
    const target = kind === undefined ? undefined : connectTarget(kind, info);
    if (target === undefined || (target.subresource === 'log' && !isWebSocket(message))) {
      throw badRequest('this path takes no upgrade');
    }
    if (parts.connect === undefined) throw noConnections();
    const { query } = info;
    if (kind !== undefined) await admitConnect(parts.core, { kind, target, user, query });
    await parts.connect.upgrade({ target, user, query, read: parts.core.read, request: message, socket, head });
  }

  async #answer(request: ApiRequest, info: RequestInfo): Promise<ApiResponse> {
    const { parts, paths, aggregation } = this.#options;
    const user = await this.#authorized(request, info);
    const remote = aggregation.remoteFor(info);
    if (remote !== undefined) return aggregation.answer(remote, request, info, user);
    if (info.isResource) return handleResource(request, info, user, parts);
    const answer = await paths(request, info);
    if (answer === undefined) throw unknownPath();
    return answer;
  }

  async #authorized(request: ApiRequest, info: RequestInfo): Promise<UserInfo> {
    const user = request.user ?? (await this.#authenticate(request));
    const attributes = attributesOf(user, info);
    const { allowed, reason } = this.#options.authorizer(attributes);
    if (!allowed) throw forbidden(attributes, reason);
    return user;
  }

  async #authenticate(request: ApiRequest): Promise<UserInfo> {
    const { headers, clientCertificate, certificateError } = request;
    const user = await this.#options.authenticator({ headers, clientCertificate });
    if (user !== undefined) return user;
    if (certificateError === undefined) return anonymous;
    this.#options.logger.debug({ reason: certificateError }, 'Client certificate refused');
    throw new StatusError('Unauthorized', 'Unauthorized');
  }

  #failure(request: ApiRequest, error: unknown): ApiResponse {
    const status = asStatusError(error);
    // What is no StatusError is a fault of this server, and its author wants to see where.
    if (!(error instanceof StatusError)) {
      this.#options.logger.error({ err: error, method: request.method, url: request.url }, 'Request failed');
    }
    return errorResponse(status);
  }
}

/** The old way to watch one object names it in the path: the same as a field selector. */
function normalized(info: RequestInfo): RequestInfo {
  if (info.verb === 'watch' && info.name !== '' && !info.query.has('fieldSelector')) {
    info.query.set('fieldSelector', `metadata.name=${info.name}`);
  }
  return info;
}

function attributesOf(user: UserInfo, info: RequestInfo): RequestAttributes {
  const { verb, group, version, resource, subresource, namespace, name, path } = info;
  const fieldSelector = listVerbs.has(verb) ? info.query.get('fieldSelector') : null;
  return {
    user,
    verb,
    group: info.isResource ? group : '',
    version: info.isResource ? version : '',
    resource,
    subresource,
    namespace,
    name,
    path,
    ...(fieldSelector === null || fieldSelector === '' ? {} : { fieldSelector }),
  };
}
