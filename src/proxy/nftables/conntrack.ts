import { exec, ExecError } from '../../system/exec.ts';
import { inRanges } from '../../system/ipv4.ts';
import { inNamespace } from '../../system/namespaces.ts';
import type { SocketAddress } from '../model.ts';

/** A tracked UDP flow: where it was sent, and who is taken to answer it. */
export interface UdpFlow {
  readonly destination: SocketAddress;
  readonly answeredBy: SocketAddress;
}

export interface UdpExpectation {
  /** By `address:port`, or `:port` for every node address: the endpoints that may answer. */
  readonly destinations: ReadonlyMap<string, readonly SocketAddress[]>;
  /** Addresses and ranges on which `:port` destinations answer. */
  readonly nodePortAddresses: readonly string[];
  readonly serviceRanges: readonly string[];
}

/**
 * The flows that must be forgotten: UDP has no end that the kernel could see, so that a flow to an endpoint that is
 * gone, or one that began before its Service had endpoints, would go nowhere for as long as its client keeps sending.
 */
export function staleFlows(flows: readonly UdpFlow[], expectation: UdpExpectation): readonly UdpFlow[] {
  const stale = new Map<string, UdpFlow>();
  for (const flow of flows) {
    const { destination, answeredBy } = flow;
    const translated = destination.ip !== answeredBy.ip || destination.port !== answeredBy.port;
    const allowed =
      expectation.destinations.get(`${destination.ip}:${destination.port}`) ??
      (inRanges(destination.ip, expectation.nodePortAddresses)
        ? expectation.destinations.get(`:${destination.port}`)
        : undefined);
    const isStale =
      allowed === undefined
        ? translated && inRanges(destination.ip, expectation.serviceRanges)
        : (translated || allowed.length > 0) &&
          !allowed.some(({ ip, port }) => ip === answeredBy.ip && port === answeredBy.port);
    if (isStale) stale.set(`${destination.ip}:${destination.port}>${answeredBy.ip}:${answeredBy.port}`, flow);
  }
  return [...stale.values()];
}

const flowLine = /src=\S+ dst=(\S+) sport=\d+ dport=(\d+) .*?src=(\S+) dst=\S+ sport=(\d+) dport=\d+/;

/** Reads `conntrack -L -p udp`. */
export function parseFlows(text: string): readonly UdpFlow[] {
  return text.split('\n').flatMap((line) => {
    const [, ip, port, answerIp, answerPort] = flowLine.exec(line) ?? [];
    if (ip === undefined || answerIp === undefined) return [];
    return [
      {
        destination: { ip, port: Number(port) },
        answeredBy: { ip: answerIp, port: Number(answerPort) },
      },
    ];
  });
}

/**
 * Removes stale UDP flows from the connection tracking of a namespace, this process's own when left out; returns what
 * it removed.
 */
export async function forgetStaleFlows(expectation: UdpExpectation, namespace?: string): Promise<readonly UdpFlow[]> {
  const conntrack = (...argv: readonly string[]): readonly string[] => {
    const command = ['conntrack', ...argv];
    return namespace === undefined ? command : inNamespace(namespace, command);
  };
  const { stdout } = await exec(conntrack('-L', '-f', 'ipv4', '-p', 'udp'), { maxOutputBytes: 512 << 20 });
  const stale = staleFlows(parseFlows(stdout), expectation);
  for (const { destination, answeredBy } of stale) {
    const original = ['--orig-dst', destination.ip, '--orig-port-dst', String(destination.port)];
    const reply = ['--reply-src', answeredBy.ip, '--reply-port-src', String(answeredBy.port)];
    // Exit code 1 says that the flow has ended by itself meanwhile.
    await exec(conntrack('-D', '-f', 'ipv4', '-p', 'udp', ...original, ...reply), { acceptExitCodes: [0, 1] });
  }
  return stale;
}

/** Whether an error says that the `conntrack` command is not installed. */
export function isConntrackMissing(error: unknown): boolean {
  return error instanceof ExecError && error.code === 'EXEC_NOT_FOUND';
}
