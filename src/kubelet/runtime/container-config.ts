import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { ContainerConfigSchema, LinuxContainerResourcesSchema } from '../cri/generated/cri_pb.ts';
import { MountPropagation } from '../cri/generated/cri_pb.ts';
import { annotations, containerHash, labels } from '../pods/names.ts';
import type { ContainerDevice, ContainerMount } from '../volumes/types.ts';
import { cgroupResources, oomScoreAdjustment } from './resources.ts';
import { podLabels } from './sandbox-config.ts';
import type { ImageUser } from './security-context.ts';
import { containerSecurity } from './security-context.ts';

export type ContainerConfig = MessageInitShape<typeof ContainerConfigSchema>;

export interface ContainerInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly restartCount: number;
  /** What the runtime knows the image by. */
  readonly imageRef: string;
  readonly image: ImageUser;
  readonly environment: ReadonlyMap<string, string>;
  /** With `$(VAR)` filled in. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly mounts: readonly ContainerMount[];
  readonly devices: readonly ContainerDevice[];
  readonly volumeGroups: readonly number[];
  /** The node's file for the container's last words. */
  readonly terminationLog: string | undefined;
  readonly targetId: string | undefined;
  /** The kubelet's folder. */
  readonly root: string;
  readonly node: NodeLimits;
}

/** What of the machine decides about containers' resources. */
export interface NodeLimits {
  readonly memoryCapacity: number;
  /** False where the machine denies CAP_SYS_RESOURCE. */
  readonly canLowerOomScore: boolean;
}

const propagations: Readonly<Record<ContainerMount['propagation'], MountPropagation>> = {
  private: MountPropagation.PROPAGATION_PRIVATE,
  hostToContainer: MountPropagation.PROPAGATION_HOST_TO_CONTAINER,
  bidirectional: MountPropagation.PROPAGATION_BIDIRECTIONAL,
};

/** The log file of one run of a container, below the pod's log folder. */
export function containerLogPath(container: string, restartCount: number): string {
  return `${container}/${restartCount}.log`;
}

/** A container's resources as CRI takes them, at its start and when they change. */
export function linuxResources(
  pod: Pod,
  container: Container,
  node: NodeLimits,
): MessageInitShape<typeof LinuxContainerResourcesSchema> {
  const resources = cgroupResources(container.resources);
  const score = oomScoreAdjustment(pod, container, node.memoryCapacity);
  return {
    cpuShares: resources.cpuShares,
    cpuQuota: resources.cpuQuota,
    cpuPeriod: resources.cpuPeriod,
    memoryLimitInBytes: resources.memoryLimit,
    oomScoreAdj: node.canLowerOomScore || score > 0n ? score : 0n,
  };
}

/** The configuration of one run of a container. */
export function containerConfig(input: ContainerInput): ContainerConfig {
  const { pod, container, restartCount } = input;
  return {
    metadata: { name: container.name, attempt: restartCount },
    image: { image: input.imageRef, annotations: {} },
    command: [...input.command],
    args: [...input.args],
    workingDir: container.workingDir ?? '',
    envs: [...input.environment].map(([key, value]) => ({ key, value })),
    mounts: input.mounts.map((mount) => ({
      hostPath: mount.hostPath,
      containerPath: mount.containerPath,
      readonly: mount.readOnly,
      selinuxRelabel: mount.selinuxRelabel,
      propagation: propagations[mount.propagation],
    })),
    devices: input.devices.map((device) => ({ ...device })),
    labels: { ...podLabels(pod), [labels.containerName]: container.name },
    annotations: containerAnnotations(input),
    logPath: containerLogPath(container.name, restartCount),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    linux: {
      resources: linuxResources(pod, container, input.node),
      securityContext: containerSecurity({
        pod,
        container,
        root: input.root,
        targetId: input.targetId,
        volumeGroups: input.volumeGroups,
        image: input.image,
      }),
    },
  };
}

function containerAnnotations({
  pod,
  container,
  restartCount,
  terminationLog,
}: ContainerInput): Record<string, string> {
  const grace = pod.spec.terminationGracePeriodSeconds;
  return {
    [annotations.hash]: containerHash(container),
    [annotations.restartCount]: String(restartCount),
    [annotations.terminationMessagePath]: container.terminationMessagePath ?? '',
    [annotations.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
    ...(grace === undefined ? {} : { [annotations.terminationGracePeriod]: String(grace) }),
    ...(terminationLog === undefined ? {} : { [annotations.terminationLog]: terminationLog }),
  };
}
