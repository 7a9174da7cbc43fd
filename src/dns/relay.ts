import type { Logger } from '../system/logger.ts';
import { Forwarder } from './forward/forwarder.ts';
import { followNameservers, ownNameservers } from './forward/resolv-conf.ts';
import { upstreamText } from './forward/upstream-address.ts';
import { rcodes } from './wire/constants.ts';
import { bareAnswer, forwardedAnswer } from './server/answer.ts';
import { Responder } from './server/responder.ts';
import { listenTcp } from './server/tcp.ts';
import { listenUdp } from './server/udp.ts';

export interface DnsRelayOptions {
  /** An address of the host that its nodes can reach. */
  readonly address: string;
  readonly port: number;
  /** The host's own servers when left out, followed as they change. */
  readonly upstreams?: readonly string[];
  readonly logger: Logger;
}

const noServers = { code: 0, text: 'the host has no DNS servers' };

/**
 * Passes queries on to the servers that the host itself uses, until `signal` is aborted. Runs in the host's network
 * namespace, for a host whose only server is on its loopback address (a local cache, a container engine's resolver),
 * where nodes cannot reach it.
 */
export async function startDnsRelay(options: DnsRelayOptions, signal: AbortSignal): Promise<void> {
  const { address, port, upstreams, logger } = options;
  const forwarder = new Forwarder({
    upstreams: upstreams === undefined ? followNameservers(ownNameservers) : () => upstreams,
    ownAddresses: [upstreamText({ host: address, port })],
  });
  const responder = new Responder({
    resolver: {
      resolve: async (question) => {
        const forwarded = await forwarder.resolve(question);
        return forwarded === undefined ? bareAnswer(rcodes.SERVFAIL, noServers) : forwardedAnswer(forwarded);
      },
    },
    logger,
    queryLog: false,
  });
  await using _udp = await listenUdp({ address, port, responder, logger });
  await using _tcp = await listenTcp({ address, port, responder, logger });
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
