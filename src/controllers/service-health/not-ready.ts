import type { Probe } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { podCondition } from '../pod-state.ts';

export interface NotReady {
  readonly text: string;
  /** How long this may last without a fault, in milliseconds. */
  readonly startupMs: number;
}

/** What a pod that is starting may take beyond what its probes say. */
const usualStartMs = 20_000;

/** Why a pod is not ready, in a few words: where it waits, what its container waits for, or which probe fails. */
export function reasonNotReady(pod: Pod): NotReady {
  const scheduled = podCondition(pod, 'PodScheduled');
  if (scheduled?.status === 'False') {
    return { text: `not scheduled: ${scheduled.message ?? scheduled.reason ?? 'no node'}`, startupMs: 0 };
  }
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
  for (const { name, state, lastState } of statuses) {
    const { reason = '', message = '' } = state?.waiting ?? {};
    if (reason === '' || reason === 'ContainerCreating' || reason === 'PodInitializing') continue;
    const last = lastState?.terminated;
    const ended = last === undefined ? '' : `, it ended with exit code ${last.exitCode}`;
    const detail = message === '' ? '' : ` (${message})`;
    return { text: `container ${name} waits: ${reason}${ended}${detail}`, startupMs: 0 };
  }
  for (const { name, ready, state } of pod.status.containerStatuses ?? []) {
    if (ready || state?.running === undefined) continue;
    const container = pod.spec.containers.find((candidate) => candidate.name === name);
    const { readinessProbe, startupProbe } = container ?? {};
    const probe = readinessProbe ?? startupProbe;
    if (probe === undefined) continue;
    const kind = readinessProbe === undefined ? 'startup' : 'readiness';
    return {
      text: `the ${kind} probe of container ${name} fails (${probeText(probe)})`,
      startupMs: delayOf(startupProbe) + delayOf(readinessProbe),
    };
  }
  const gate = (pod.spec.readinessGates ?? []).find(
    ({ conditionType }) => podCondition(pod, conditionType)?.status !== 'True',
  );
  if (gate !== undefined)
    return { text: `its readiness gate ${gate.conditionType} is not True`, startupMs: usualStartMs };
  const { message, reason } = podCondition(pod, 'Ready') ?? {};
  return { text: message ?? reason ?? `it is ${pod.status.phase ?? 'Pending'}`, startupMs: usualStartMs };
}

function delayOf(probe: Probe | undefined): number {
  if (probe === undefined) return 0;
  const { initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3 } = probe;
  return (initialDelaySeconds + periodSeconds * failureThreshold) * 1000;
}

function probeText({ httpGet, tcpSocket, exec, grpc }: Probe): string {
  if (httpGet !== undefined) return `GET ${httpGet.path ?? '/'} on port ${httpGet.port}`;
  if (tcpSocket !== undefined) return `connecting to port ${tcpSocket.port}`;
  if (grpc !== undefined) return `gRPC on port ${grpc.port}`;
  return `running ${(exec?.command ?? []).join(' ')}`;
}
