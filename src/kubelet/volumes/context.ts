import type { Pod } from '../../api/core/pod.schema.ts';
import type { ApiClient } from '../../client/api-client.ts';
import type { ObjectSource } from './object-source.ts';

/** What a plugin gets to work with, for one volume of one pod. */
export interface VolumeContext {
  readonly pod: Pod;
  /** The volume's name in the pod. */
  readonly name: string;
  readonly podDirectory: string;
  readonly client: ApiClient;
  readonly objects: ObjectSource;
  readonly allocatable: Readonly<Record<string, string>>;
  /** How old ConfigMaps and Secrets may be, in milliseconds. */
  readonly maxAgeMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A volume that is in place. */
export interface PreparedVolume {
  /** Its file, folder or device on the node. */
  readonly path: string;
  /** No container may write to it. */
  readonly readOnly: boolean;
  /** The kubelet made it, so that the runtime may label it for SELinux. */
  readonly managed: boolean;
  /** It is a block device, for volumeDevices. */
  readonly isDevice: boolean;
  /** A group that every container needs to use it. */
  readonly supplementalGroup?: number;
}

/** The pod's fsGroup. */
export function fsGroupOf({ spec }: Pod): number | undefined {
  return spec.securityContext?.fsGroup;
}

/** The user that all of the pod's containers run as; undefined when they differ or their images decide. */
export function commonUserOf({ spec }: Pod): number | undefined {
  const all = [...(spec.initContainers ?? []), ...spec.containers];
  const users = new Set(
    all.map(({ securityContext }) => securityContext?.runAsUser ?? spec.securityContext?.runAsUser),
  );
  const [first] = users;
  return users.size === 1 ? first : undefined;
}
