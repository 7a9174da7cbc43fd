import type { Pod } from '../../api/core/pod.schema.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Logger } from '../../system/logger.ts';

export type ProbeKind = 'liveness' | 'readiness' | 'startup';
export type ProbeVerdict = 'success' | 'failure' | 'unknown';

/** A container that runs now. */
export interface ProbedContainer {
  readonly name: string;
  /** The runtime's id, without `containerd://`. */
  readonly containerId: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export interface ProbeTargets {
  /** The pod's address, the node's for a pod on the node's network; undefined while it has none. */
  readonly address: string | undefined;
  readonly containers: readonly ProbedContainer[];
}

/**
 * What the probes last said about a container. A probe that the container does not have says `success`; one that has not
 * reached its threshold yet says `unknown`. After a restart of the kubelet, a container that its pod's status calls ready
 * or started begins with `success`.
 */
export interface ProbedHealth {
  readonly liveness: ProbeVerdict;
  readonly readiness: ProbeVerdict;
  readonly startup: ProbeVerdict;
}

/** Probes the containers of this node's pods, each with timers of its own; nothing runs where nothing is probed. */
export interface ProbeManager {
  /**
   * Tells which containers of a pod run, whenever that changes. Probing starts for new ones and ends for those that are
   * no longer named; a new container id starts afresh.
   */
  sync(pod: Pod, targets: ProbeTargets): void;
  /** Ends liveness and startup probing of a pod that is terminating; readiness goes on, as upstream has it. */
  stopLivenessAndStartup(uid: string): void;
  /** Ends all probing of a pod. */
  stop(uid: string): void;
  /** By the runtime's container id; `unknown` throughout for one that `sync` has not named. */
  health(containerId: string): ProbedHealth;
  /** Calls `listener` with the pod's uid each time a verdict changes. Returns a way to take it back. */
  onChange(listener: (podUid: string) => void): () => void;
}

/**
 * Runs a command in a container (CRI ExecSync): its exit code, and stdout and stderr together. Rejects when it could not
 * be run, with the runtime's DeadlineExceeded when it took longer than `timeoutSeconds`; 0 means no limit.
 */
export type ExecInContainer = (
  containerId: string,
  command: readonly string[],
  timeoutSeconds: number,
) => Promise<{ readonly exitCode: number; readonly output: string }>;

export interface ProbeManagerOptions {
  readonly exec: ExecInContainer;
  /** Receives `Unhealthy` and `ProbeWarning`. */
  readonly events: EventRecorder;
  readonly logger: Logger;
  /** All probing ends when it is aborted. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}
