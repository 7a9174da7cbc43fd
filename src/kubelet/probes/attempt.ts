import type { Container, Probe } from '../../api/core/container.schema.ts';
import { probeExec } from './actions/exec.ts';
import { probeGrpc } from './actions/grpc.ts';
import { httpTarget, probeHttp } from './actions/http.ts';
import { probeTcp } from './actions/tcp.ts';
import type { ProbeOutcome } from './outcome.ts';
import { resolveHost, resolvePort, TargetError } from './target.ts';
import type { ExecInContainer } from './types.ts';

export interface AttemptInput {
  readonly probe: Probe;
  readonly container: Container;
  readonly containerId: string;
  /** The pod's address; undefined while it has none. */
  readonly address: string | undefined;
  readonly exec: ExecInContainer;
  readonly signal: AbortSignal;
}

/** Carries out a probe once. Never rejects. */
export async function attemptProbe(input: AttemptInput): Promise<ProbeOutcome> {
  try {
    return await carryOut(input);
  } catch (error) {
    if (!(error instanceof TargetError)) return { result: 'error', output: String(error) };
    return { result: 'error', output: error.message };
  }
}

async function carryOut(input: AttemptInput): Promise<ProbeOutcome> {
  const { address, container, containerId, exec, probe, signal } = input;
  const timeoutSeconds = probe.timeoutSeconds ?? 1;
  const timeoutMs = timeoutSeconds * 1000;
  if (probe.exec !== undefined) return probeExec(exec, containerId, probe.exec.command ?? [], timeoutSeconds);
  if (probe.httpGet !== undefined) {
    const target = httpTarget(probe.httpGet, { container, address, purpose: 'kube-probe' });
    return probeHttp(target, timeoutMs, signal);
  }
  if (probe.tcpSocket !== undefined) {
    const port = resolvePort(probe.tcpSocket.port, container);
    return probeTcp(resolveHost(probe.tcpSocket.host, address), port, timeoutMs, signal);
  }
  if (probe.grpc !== undefined) {
    const { port, service = '' } = probe.grpc;
    return probeGrpc({ host: resolveHost(undefined, address), port, service }, timeoutMs, signal);
  }
  throw new TargetError(`missing probe handler for container ${container.name}`);
}
