import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { ApiClient } from '../../client/api-client.ts';

/** How mounts made later travel between host and container, in CRI's words. */
export type MountPropagation = 'private' | 'hostToContainer' | 'bidirectional';

/** One mount of a container, ready for CRI's ContainerConfig. */
export interface ContainerMount {
  /** An absolute path on the node; it exists, but for a hostPath without a type, which the runtime makes. */
  readonly hostPath: string;
  /** An absolute path in the container. */
  readonly containerPath: string;
  readonly readOnly: boolean;
  readonly recursiveReadOnly: boolean;
  readonly propagation: MountPropagation;
  /** Whether the runtime labels the files for SELinux: yes for what the kubelet made, never for host paths. */
  readonly selinuxRelabel: boolean;
}

/** A block device that a container gets as a device, not as a file system. */
export interface ContainerDevice {
  readonly hostPath: string;
  readonly containerPath: string;
  /** `r` or `rwm`. */
  readonly permissions: string;
}

/** The volumes of one pod, in place. */
export interface PodVolumes {
  /**
   * What `container` mounts, in the order of its volumeMounts; makes missing sub paths. `environment` are the container's
   * own variables, for `subPathExpr`. Throws VolumeError, whose message belongs into the container's waiting state.
   */
  mountsOf(container: Container, environment: ReadonlyMap<string, string>): Promise<readonly ContainerMount[]>;
  /** What `container` asks for under volumeDevices. */
  devicesOf(container: Container): readonly ContainerDevice[];
  /** The groups that own volumes by their `pv.beta.kubernetes.io/gid` annotation, to be added to every container. */
  readonly supplementalGroups: readonly number[];
}

/**
 * - `NotReady`: something the volume needs is not there (yet); trying again may help.
 * - `Unsupported`: this kubelet cannot mount that kind of volume.
 * - `Refused`: the node or the volume is not as the pod demands (a hostPath of another type, a sub path that leaves the volume).
 * - `Failed`: the node could not do it.
 */
export type VolumeErrorCode = 'NotReady' | 'Unsupported' | 'Refused' | 'Failed';

/** A volume that cannot be used; the message is the text of upstream's event. */
export class VolumeError extends Error {
  readonly code: VolumeErrorCode;
  /** The volume's name in the pod. */
  readonly volume: string;

  constructor(code: VolumeErrorCode, volume: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'VolumeError';
    this.code = code;
    this.volume = volume;
  }
}

/** What `prepare` and `refresh` throw: every volume of the pod that failed, each worth one `FailedMount` event. */
export class PodVolumesError extends Error {
  readonly code = 'PodVolumesNotReady';
  readonly failures: readonly VolumeError[];

  constructor(failures: readonly VolumeError[]) {
    super(failures.map(({ message }) => message).join('; '), { cause: failures[0] });
    this.name = 'PodVolumesError';
    this.failures = failures;
  }
}

/** Puts pods' volumes in place and keeps them current. All it knows it can learn again from the disk. */
export interface VolumeManager {
  /**
   * Makes everything that the pod's volumes need; safe to repeat, and what is in place is left alone. Throws
   * PodVolumesError. Calls for one pod must not overlap with its other calls.
   */
  prepare(pod: Pod): Promise<PodVolumes>;
  /**
   * Brings configMaps, secrets, downward API and tokens of a running pod up to date. Cheap enough for every sync: the API
   * is asked about once a minute, and for tokens when most of their life is over. Throws PodVolumesError.
   */
  refresh(pod: Pod): Promise<void>;
  /** Unmounts and removes all of `pods/UID`, the core's own files there included. The pod's containers must be gone. */
  remove(uid: string): Promise<void>;
  /** The uids of pods that have something on disk. */
  podsOnDisk(): Promise<readonly string[]>;
}

export interface VolumeManagerOptions {
  readonly client: ApiClient;
  /** The kubelet's own folder; pods' things live in `pods/UID` below it. */
  readonly rootDirectory: string;
  /** The node's allocatable resources, for `resourceFieldRef`s without a limit. */
  readonly allocatable: () => Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}
