import type { Pod } from '../../../api/core/pod.schema.ts';
import { requestUpgrade } from '../../../machinery/upgrade/request-upgrade.ts';
import { headOf, relayRefusal } from '../../../machinery/upgrade/response-head.ts';
import { splice } from '../../../machinery/upgrade/splice.ts';
import type { StreamRequest } from '../backend.ts';
import { HttpError } from '../http-error.ts';
import { containerStatus, hasContainer, runtimeId } from '../logs/container.ts';
import type { ServerContext, UpgradeCall } from '../context.ts';
import { podOf } from '../context.ts';
import { acceptWebSocket, offeredProtocols } from './accept-websocket.ts';
import { bridge } from './bridge.ts';
import { ChannelSocket } from './channel-socket.ts';
import { chooseProtocol } from './channels.ts';
import { streamOptions } from './options.ts';
import { openRuntimeSession, runtimeReadAhead } from './runtime-session.ts';

/** Serves `/exec/…` and `/attach/…`: finds the container, and joins the client with the runtime's streaming server. */
export async function serveContainer(
  kind: 'exec' | 'attach',
  context: ServerContext,
  call: UpgradeCall,
): Promise<void> {
  const pod = podOf(context, call);
  const { container = '' } = call.parameters;
  const options = streamOptions(call.query);
  const command = call.query.getAll('command');
  if (kind === 'exec' && command.length === 0) throw new HttpError(400, 'you must specify a command');
  const containerId = runningContainer(pod, container, kind);
  // Whether a running container has a terminal was settled when it started.
  const request: StreamRequest =
    kind === 'attach'
      ? { ...options, ...terminalOf(pod, container, options), containerId }
      : { ...options, containerId };
  const { backend } = context;
  const url = kind === 'exec' ? await backend.execUrl({ ...request, command }) : await backend.attachUrl(request);
  if (call.request.headers.upgrade?.toLowerCase() === 'websocket') await serveWebSocket(call, url, request);
  else await serveSpdy(call, url);
}

function runningContainer(pod: Pod, name: string, kind: 'exec' | 'attach'): string {
  const status = containerStatus(pod, name);
  if (status?.state?.running !== undefined && status.containerID !== undefined) return runtimeId(status.containerID);
  const { name: podName, namespace } = pod.metadata;
  if (kind === 'exec' || !hasContainer(pod, name))
    throw new HttpError(500, `container not found (${JSON.stringify(name)})`);
  throw new HttpError(500, `container ${name} not found in pod ${podName}_${namespace}`);
}

function terminalOf(pod: Pod, name: string, options: { readonly stderr: boolean }): { tty: boolean; stderr: boolean } {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const spec = [...containers, ...initContainers, ...ephemeralContainers].find((container) => container.name === name);
  const tty = spec?.tty === true;
  return { tty, stderr: options.stderr && !tty };
}

async function serveWebSocket(call: UpgradeCall, url: string, request: StreamRequest): Promise<void> {
  const offered = offeredProtocols(call.request);
  const protocol = chooseProtocol(offered);
  if (protocol === undefined)
    throw new HttpError(403, `no supported websocket subprotocol among [${offered.join(' ')}]`);
  const session = await openRuntimeSession(url, request, call.signal);
  try {
    const socket = await acceptWebSocket(call.request, call.socket, call.head, protocol.name);
    await bridge(new ChannelSocket(socket, protocol), protocol, session);
  } finally {
    session.destroy();
  }
}

/** The runtime speaks the same SPDY as the client: its answer and all that follows pass through as they are. */
async function serveSpdy({ request, socket, head, signal }: UpgradeCall, url: string): Promise<void> {
  const versions = (request.headersDistinct['x-stream-protocol-version'] ?? []).flatMap((line) => line.split(/,\s*/));
  const outcome = await requestUpgrade({
    url: new URL(url),
    method: 'POST',
    headers: {
      connection: 'Upgrade',
      upgrade: request.headers.upgrade,
      'content-length': '0',
      ...(versions.length === 0 ? {} : { 'x-stream-protocol-version': versions }),
    },
    signal,
  });
  if (!outcome.upgraded) {
    relayRefusal(socket, outcome.response);
    return;
  }
  socket.write(headOf(outcome.response));
  await splice(socket, outcome.socket, { fromLeft: head, fromRight: outcome.head, readAhead: runtimeReadAhead });
}
