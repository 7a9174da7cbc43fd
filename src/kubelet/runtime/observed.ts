/** What the runtime says about a pod: the input of every decision. Times are in milliseconds since 1970. */
export interface ObservedPod {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  /** Newest first. */
  readonly sandboxes: readonly ObservedSandbox[];
  /** Newest first, those of earlier sandboxes included. */
  readonly containers: readonly ObservedContainer[];
}

export interface ObservedSandbox {
  readonly id: string;
  readonly attempt: number;
  readonly ready: boolean;
  readonly createdAt: number;
  /** The pod's addresses; empty on the node's own network. */
  readonly ips: readonly string[];
  readonly hostNetwork: boolean;
}

export interface ObservedContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly state: 'created' | 'running' | 'exited' | 'unknown';
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
  /** The image as the pod names it, and what the runtime resolved it to. */
  readonly image: string;
  readonly imageRef: string;
  readonly hash: string;
  readonly restartCount: number;
  readonly logPath: string;
  /** The grace its pod asked for when it was created; for pods that the API no longer has. */
  readonly terminationGracePeriodSeconds: number | undefined;
}

/** A pod that the runtime knows nothing of. */
export function nothingObserved(uid: string, namespace: string, name: string): ObservedPod {
  return { uid, namespace, name, sandboxes: [], containers: [] };
}

/** The newest container of a name, among those of one sandbox where `sandboxId` is given. */
export function newestContainer(
  observed: ObservedPod,
  name: string,
  sandboxId?: string,
): ObservedContainer | undefined {
  return observed.containers.find(
    (container) => container.name === name && (sandboxId === undefined || container.sandboxId === sandboxId),
  );
}
