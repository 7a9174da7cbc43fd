import type { AnyKind } from '../../api/kind.ts';
import { StatusError } from '../../api/status-error.ts';
import type { Call } from '../handlers/call.ts';
import type { ApiResponse } from '../http/message.ts';
import { badRequest, methodNotAllowed } from '../http/status.ts';
import type { RequestInfo } from '../request/request-info.ts';
import type { ConnectHandlers, ConnectTarget } from '../streaming/types.ts';
import { admitConnect } from './admit-connect.ts';

const connectable: Readonly<Record<string, readonly string[]>> = {
  pods: ['log', 'exec', 'attach', 'portforward', 'proxy'],
  services: ['proxy'],
  nodes: ['proxy'],
};
const proxyMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** What a request wants to be connected to; undefined for any other request. */
export function connectTarget(kind: AnyKind, info: RequestInfo): ConnectTarget | undefined {
  if (kind.group !== '' || connectable[kind.plural]?.includes(info.subresource) !== true) return undefined;
  return {
    resource: kind.plural as ConnectTarget['resource'],
    subresource: info.subresource as ConnectTarget['subresource'],
    namespace: kind.namespaced ? info.namespace : '',
    name: info.name,
    path: info.subresource === 'proxy' ? info.tail : '',
  };
}

/** The 503 of a server without a way to the nodes. */
export function noConnections(): StatusError {
  return new StatusError('ServiceUnavailable', 'this server has no connection to the nodes');
}

/** Answers a log or proxy request; the streams of exec and its like need an upgrade. */
export async function handleConnect(
  call: Call,
  target: ConnectTarget,
  connect: ConnectHandlers | undefined,
): Promise<ApiResponse> {
  const { core, info, user, request, kind } = call;
  if (connect === undefined) throw noConnections();
  const context = { target, user, query: info.query, request, read: core.read };
  const { method } = request;
  const allowed = target.subresource === 'log' ? method === 'GET' || method === 'HEAD' : proxyMethods.has(method);
  if (!allowed) throw methodNotAllowed({ ...kind, plural: `${kind.plural}/${target.subresource}` }, info.verb);
  switch (target.subresource) {
    case 'log':
      return connect.podLog(context);
    case 'proxy':
      await admitConnect(core, { kind, target, user, query: info.query });
      return connect.proxy(context);
    default:
      throw badRequest('Upgrade request required');
  }
}
