import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { ApiClient } from '../../client/api-client.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import type { Logger } from '../../system/logger.ts';
import type { PodCgroups } from '../cgroups/pod-cgroups.ts';
import type { RuntimeClient } from '../cri/connection.ts';
import type { ResolverConfig } from '../environment/types.ts';
import type { ImageManager } from '../image/image-manager.ts';
import type { ExecInContainer, ProbeManager } from '../probes/types.ts';
import type { NodeLimits } from '../runtime/container-config.ts';
import type { PodCache } from '../runtime/pod-cache.ts';
import type { VolumeManager } from '../volumes/types.ts';
import type { StatusWriter } from './status/writer.ts';

/** What the workers of a node's pods share. */
export interface PodContext {
  readonly client: ApiClient;
  readonly runtime: RuntimeClient;
  readonly cache: PodCache;
  readonly exec: ExecInContainer;
  readonly images: ImageManager;
  readonly volumes: VolumeManager;
  readonly probes: ProbeManager;
  readonly statuses: StatusWriter;
  readonly cgroups: PodCgroups;
  readonly events: EventRecorder;
  readonly services: Informer<Service>;
  readonly logger: Logger;
  /** The other pods that have a share of the node. */
  readonly neighbours: (uid: string) => readonly Pod[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly node: NodeLimits & {
    readonly name: string;
    readonly ips: readonly string[];
    readonly allocatable: () => Readonly<Record<string, string>>;
    readonly clusterDns: readonly string[];
    readonly clusterDomain: string;
    /** What the node's own resolv.conf says. */
    readonly resolver: () => Promise<ResolverConfig>;
    readonly rootDirectory: string;
    readonly podLogDirectory: string;
    readonly cgroupParent: string;
  };
}
