import type { ApiClient } from '../client/api-client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { Logger } from '../system/logger.ts';

/** What a node's kubelet is told. All paths are absolute. */
export interface KubeletOptions {
  readonly client: ApiClient;
  readonly informers: InformerFactory;
  /** A recorder for component `kubelet` and this node as its host. */
  readonly recorder: EventRecorder;
  readonly logger: Logger;
  readonly nodeName: string;
  /** The node's own address, which its pods see as their host's. */
  readonly nodeAddress: string;
  readonly hostname: string;
  /** containerd's socket. */
  readonly runtimeSocket: string;
  /** The node's data, kept over restarts; pods' volumes lie in `pods/UID` below it. */
  readonly rootDirectory: string;
  /** Pods' logs, in `NAMESPACE_NAME_UID/CONTAINER/RESTART.log` below it. */
  readonly podLogDirectory: string;
  /** Where the node's HTTPS server listens: the node's object tells it. */
  readonly kubeletPort: number;
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  /** `v1.36.0`. */
  readonly kubernetesVersion: string;
  /** The cgroup that holds this node's pods, e.g. `/cox/CLUSTER/NODE`; no two nodes of a machine share one. */
  readonly cgroupParent: string;
  /** False where the machine denies CAP_SYS_RESOURCE. */
  readonly canLowerOomScore: boolean;
  /** How many pods the node takes; 110 when left out. */
  readonly maxPods?: number;
  /** Beginnings of the names of images that are never removed to make room, such as the sandboxes' own, `coxswain.dev/pause:`. */
  readonly keepImages?: readonly string[];
  /** What pods with the dnsPolicy `Default` resolve by; `/etc/resolv.conf` when left out. */
  readonly resolverConfig?: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Called each time the node becomes ready. */
  readonly onReady?: () => void;
}
