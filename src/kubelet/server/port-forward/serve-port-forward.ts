import type { Socket } from 'node:net';
import { createWebSocketStream } from 'ws';
import type { Pod } from '../../../api/core/pod.schema.ts';
import { responseHead } from '../../../machinery/upgrade/response-head.ts';
import type { ServerContext, UpgradeCall } from '../context.ts';
import { podOf } from '../context.ts';
import { HttpError } from '../http-error.ts';
import { acceptWebSocket, offeredProtocols } from '../streams/accept-websocket.ts';
import { ChannelSocket } from '../streams/channel-socket.ts';
import { channelProtocols, chooseProtocol } from '../streams/channels.ts';
import type { PodRelays, RelayLease } from './pod-relays.ts';
import { serveForward } from './session.ts';
import { requestedPorts, serveChannelForward } from './websocket-channels.ts';

const protocol = 'portforward.k8s.io';
const tunnelProtocol = `SPDY/3.1+${protocol}`;
const knownChannels = channelProtocols.filter(({ name }) => name.startsWith('v4.'));

/** Asking the runtime for a pod's network costs more than the connection does: once in this time is enough. */
const recheckMs = 1000;

/** A pod's localhost for the time of one forward; follows the pod into a new sandbox. */
class PodDialer implements Disposable {
  readonly #context: ServerContext;
  readonly #pod: Pod;
  #lease: RelayLease | undefined;
  #path: string | undefined;
  #checkedAt = 0;

  constructor(context: ServerContext, pod: Pod) {
    this.#context = context;
    this.#pod = pod;
  }

  /** Makes ready to connect; throws HttpError when the pod has no network, being not started or gone. */
  async prepare(): Promise<RelayLease> {
    const now = performance.now();
    if (this.#lease !== undefined && now - this.#checkedAt < recheckMs) return this.#lease;
    this.#checkedAt = now;
    const { backend, relays } = this.#context;
    const { name, namespace, uid } = this.#pod.metadata;
    const isSame = backend.pod(namespace, name)?.metadata.uid === uid;
    const network = isSame ? await backend.sandboxNetwork(namespace, name) : undefined;
    if (network === undefined) throw new HttpError(500, `pod not found (${JSON.stringify(`${name}_${namespace}`)})`);
    return this.#leaseOf(relays, network.namespacePath);
  }

  async dial(port: number): Promise<Socket> {
    const lease = await this.prepare();
    return await lease.dial(port);
  }

  [Symbol.dispose](): void {
    this.#lease?.[Symbol.dispose]();
    this.#lease = undefined;
  }

  #leaseOf(relays: PodRelays, path: string | undefined): RelayLease {
    if (this.#lease !== undefined && this.#path === path) return this.#lease;
    this.#lease?.[Symbol.dispose]();
    this.#path = path;
    this.#lease = relays.lease(path);
    return this.#lease;
  }
}

/** Serves `/portForward/…` over SPDY, over SPDY inside a WebSocket, and over an older client's WebSocket channels. */
export async function servePortForward(context: ServerContext, call: UpgradeCall): Promise<void> {
  const pod = podOf(context, call);
  using dialer = new PodDialer(context, pod);
  const common = {
    dial: (port: number) => dialer.dial(port),
    podName: `${pod.metadata.name}, uid ${pod.metadata.uid}`,
    logger: context.logger,
  };
  const { request, socket, head } = call;
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
    negotiate(call);
    await dialer.prepare();
    const headers = ['Connection', 'Upgrade', 'Upgrade', 'SPDY/3.1', 'X-Stream-Protocol-Version', protocol];
    socket.write(responseHead(101, headers));
    await serveForward({ ...common, connection: socket, head });
    return;
  }
  const offered = offeredProtocols(request);
  if (offered.includes(tunnelProtocol)) {
    await dialer.prepare();
    const webSocket = await acceptWebSocket(request, socket, head, tunnelProtocol);
    await serveForward({ ...common, connection: createWebSocketStream(webSocket) });
    return;
  }
  const chosen = chooseProtocol(offered, knownChannels);
  if (chosen === undefined) throw new HttpError(403, `no supported websocket subprotocol among [${offered.join(' ')}]`);
  const ports = requestedPorts(call.query);
  await dialer.prepare();
  const webSocket = await acceptWebSocket(request, socket, head, chosen.name);
  await serveChannelForward({ ...common, ports, socket: new ChannelSocket(webSocket, chosen) });
}

function negotiate({ request }: UpgradeCall): void {
  if (request.headers.upgrade?.toLowerCase() !== 'spdy/3.1') {
    throw new HttpError(
      400,
      `unable to upgrade: missing upgrade headers in request: ${JSON.stringify(request.headers.upgrade)}`,
    );
  }
  const lines = request.headersDistinct['x-stream-protocol-version'] ?? [];
  const offered = lines.flatMap((line) => line.split(',').map((name) => name.trim()));
  if (offered.length === 0) throw new HttpError(400, 'unable to upgrade: X-Stream-Protocol-Version is required');
  if (offered.includes(protocol)) return;
  const sides = `client supports [${offered.join(' ')}], server accepts [${protocol}]`;
  throw new HttpError(403, `unable to upgrade: unable to negotiate protocol: ${sides}`);
}
