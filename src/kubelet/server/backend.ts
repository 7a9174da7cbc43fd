import type { Pod } from '../../api/core/pod.schema.ts';

/** A container as the runtime knows it. */
export interface RuntimeContainer {
  readonly id: string;
  readonly state: 'created' | 'running' | 'exited' | 'unknown';
  /** The log file in CRI's format, as the runtime reports it. */
  readonly logPath: string;
}

/** Which streams the caller wants connected to a container. */
export interface StreamRequest {
  readonly containerId: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export interface ExecStreamRequest extends StreamRequest {
  readonly command: readonly string[];
}

/** The network of a pod's sandbox. */
export interface SandboxNetwork {
  /** The path of its network namespace; undefined for a pod on the node's own network. */
  readonly namespacePath: string | undefined;
  /** The pod's address, once it has one. */
  readonly address: string | undefined;
}

/** What the kubelet's HTTPS server needs of the kubelet. Container ids are the runtime's, without `containerd://`. */
export interface KubeletServerBackend {
  /** The pods of this node, with the status the kubelet last worked out (it may be newer than the API server's). */
  pods(): readonly Pod[];
  /** One of them, by its place in the API. */
  pod(namespace: string, name: string): Pod | undefined;
  /** Asks the runtime (CRI ContainerStatus); undefined when it does not know the container. */
  container(id: string): Promise<RuntimeContainer | undefined>;
  /** Resolves when the container is no longer running, or when `signal` is aborted; never rejects. */
  waitForExit(id: string, signal: AbortSignal): Promise<void>;
  /** The URL of the runtime's streaming server for an exec (CRI Exec). */
  execUrl(request: ExecStreamRequest): Promise<string>;
  /** The URL of the runtime's streaming server for an attach (CRI Attach). */
  attachUrl(request: StreamRequest): Promise<string>;
  /** The network of the pod's running sandbox; undefined when it has none. */
  sandboxNetwork(namespace: string, name: string): Promise<SandboxNetwork | undefined>;
  /** The body of `/stats/summary`, where the kubelet can tell. */
  statsSummary?(): Promise<unknown>;
}
