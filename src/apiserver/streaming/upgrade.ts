import type { IncomingMessage } from 'node:http';
import { pods } from '../../api/resources.ts';
import { StatusError } from '../../api/status-error.ts';
import type { UpgradeOutcome } from '../../machinery/upgrade/request-upgrade.ts';
import { headOf, relayRefusal } from '../../machinery/upgrade/response-head.ts';
import { splice } from '../../machinery/upgrade/splice.ts';
import { findKubelet } from './kubelet-address.ts';
import type { KubeletClient } from './kubelet-client.ts';
import { KubeletUnreachable } from './kubelet-client.ts';
import { nodeOf } from './pod-container.ts';
import { bearerProtocol, offeredProtocols } from '../auth/authentication/websocket-token.ts';
import { streamPath } from './stream-location.ts';
import type { UpgradeContext } from './types.ts';

const forwarded = [
  'connection',
  'upgrade',
  'user-agent',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-extensions',
  'x-stream-protocol-version',
] as const;

/** The headers of an upgrade that concern the kubelet: the choice of protocol, and no credentials. */
export function upgradeHeaders(request: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const name of forwarded) {
    const lines = request.headersDistinct[name];
    if (lines !== undefined) headers[name] = lines;
  }
  const offered = offeredProtocols(request.headersDistinct['sec-websocket-protocol']);
  // The token is for this server alone.
  const protocols = offered.filter((name) => !name.startsWith(bearerProtocol));
  if (protocols.length > 0) headers['sec-websocket-protocol'] = protocols.join(', ');
  return headers;
}

/** Aborted when the client's side of an upgrade is gone. */
export function signalOf({ socket }: UpgradeContext): AbortSignal {
  const abort = new AbortController();
  socket.once('close', () => abort.abort());
  return abort.signal;
}

/** Joins the client with whoever took the upgrade, or passes the refusal on. */
export function join({ socket, head }: UpgradeContext, outcome: UpgradeOutcome): void {
  if (!outcome.upgraded) {
    relayRefusal(socket, outcome.response);
    return;
  }
  socket.write(headOf(outcome.response));
  void splice(socket, outcome.socket, { fromLeft: head, fromRight: outcome.head });
}

/** Serves an upgrade to exec, attach or portforward: the kubelet is asked the same, and the connections are joined. */
export async function streamUpgrade(kubelets: KubeletClient, context: UpgradeContext): Promise<void> {
  const { target, query, request } = context;
  const { namespace, name, subresource } = target;
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource');
  }
  if (subresource !== 'exec' && subresource !== 'attach' && subresource !== 'portforward') {
    throw new StatusError('BadRequest', `${subresource} takes no upgrade`);
  }
  const pod = await context.read(pods, { namespace, name });
  const path = streamPath(subresource, pod, query);
  const address = await findKubelet(context, nodeOf(pod));
  const options = { method: request.method, path, headers: upgradeHeaders(request), signal: signalOf(context) };
  try {
    join(context, await kubelets.upgrade(address, options));
  } catch (error) {
    if (!(error instanceof KubeletUnreachable)) throw error;
    throw new StatusError('InternalError', `error dialing backend: ${error.message}`, undefined, { cause: error });
  }
}
