import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { SeccompProfile, SELinuxOptions } from '../../api/core/security-context.schema.ts';
import type {
  LinuxContainerSecurityContextSchema,
  LinuxSandboxSecurityContextSchema,
  NamespaceOptionSchema,
  SELinuxOptionSchema,
  SecurityProfileSchema,
} from '../cri/generated/cri_pb.ts';
import { NamespaceMode, SecurityProfile_ProfileType as ProfileType } from '../cri/generated/cri_pb.ts';

/** Paths in /proc and /sys that a container does not see; https://github.com/containerd/containerd `oci/spec.go` has the same. */
const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** Which namespaces a pod's sandbox shares with the node. */
export function namespaceOptions(pod: Pod, targetId?: string): MessageInitShape<typeof NamespaceOptionSchema> {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec;
  const pid =
    hostPID === true
      ? NamespaceMode.NODE
      : shareProcessNamespace === true
        ? NamespaceMode.POD
        : NamespaceMode.CONTAINER;
  return {
    network: hostNetwork === true ? NamespaceMode.NODE : NamespaceMode.POD,
    ipc: hostIPC === true ? NamespaceMode.NODE : NamespaceMode.POD,
    // A debug container joins the processes of its target, unless the pod shares them all anyway.
    ...(targetId === undefined || pid !== NamespaceMode.CONTAINER ? { pid } : { pid: NamespaceMode.TARGET, targetId }),
  };
}

function seccomp(profile: SeccompProfile | undefined, root: string): MessageInitShape<typeof SecurityProfileSchema> {
  if (profile === undefined || profile.type === 'Unconfined') return { profileType: ProfileType.Unconfined };
  if (profile.type === 'RuntimeDefault') return { profileType: ProfileType.RuntimeDefault };
  return { profileType: ProfileType.Localhost, localhostRef: `${root}/seccomp/${profile.localhostProfile ?? ''}` };
}

function appArmor(pod: Pod, container?: Container): MessageInitShape<typeof SecurityProfileSchema> | undefined {
  const profile = container?.securityContext?.appArmorProfile ?? pod.spec.securityContext?.appArmorProfile;
  if (profile === undefined) return undefined;
  if (profile.type === 'Localhost')
    return { profileType: ProfileType.Localhost, localhostRef: profile.localhostProfile ?? '' };
  return { profileType: profile.type === 'Unconfined' ? ProfileType.Unconfined : ProfileType.RuntimeDefault };
}

const int64 = (value: number) => ({ value: BigInt(value) });

function selinux({
  user = '',
  role = '',
  type = '',
  level = '',
}: SELinuxOptions): MessageInitShape<typeof SELinuxOptionSchema> {
  return { user, role, type, level };
}

/** The groups beside the main one that all processes of a pod are in. */
export function supplementalGroups(pod: Pod, volumeGroups: readonly number[] = []): bigint[] {
  const { supplementalGroups: listed = [], fsGroup } = pod.spec.securityContext ?? {};
  const groups = [...listed, ...(fsGroup === undefined ? [] : [fsGroup]), ...volumeGroups];
  return [...new Set(groups)].map(BigInt);
}

/** Whether any container of the pod may do everything: its sandbox must then be able to, too. */
export function hasPrivileged(pod: Pod): boolean {
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  return all.some(({ securityContext }) => securityContext?.privileged === true);
}

/** The security context of a pod's sandbox. */
export function sandboxSecurity(pod: Pod): MessageInitShape<typeof LinuxSandboxSecurityContextSchema> {
  const own = pod.spec.securityContext ?? {};
  const profile = appArmor(pod);
  return {
    namespaceOptions: namespaceOptions(pod),
    privileged: hasPrivileged(pod),
    supplementalGroups: supplementalGroups(pod),
    // Whatever the pod says of its containers: a narrower profile need not know what the pause process calls.
    seccomp: { profileType: ProfileType.RuntimeDefault },
    ...(own.runAsUser === undefined ? {} : { runAsUser: int64(own.runAsUser) }),
    ...(own.runAsUser === undefined || own.runAsGroup === undefined ? {} : { runAsGroup: int64(own.runAsGroup) }),
    ...(own.seLinuxOptions === undefined ? {} : { selinuxOptions: selinux(own.seLinuxOptions) }),
    ...(profile === undefined ? {} : { apparmor: profile }),
  };
}

/** Who the image says its processes run as, as CRI tells it. */
export interface ImageUser {
  readonly uid: number | undefined;
  readonly username: string;
}

export interface ContainerSecurityInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly root: string;
  /** The container whose processes a debug container joins. */
  readonly targetId?: string | undefined;
  readonly volumeGroups?: readonly number[];
  readonly image: ImageUser;
}

/** The security context of a container: its own fields before those of its pod. */
export function containerSecurity(
  input: ContainerSecurityInput,
): MessageInitShape<typeof LinuxContainerSecurityContextSchema> {
  const { pod, container, image } = input;
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const user = own.runAsUser ?? shared.runAsUser;
  const group = own.runAsGroup ?? shared.runAsGroup;
  const privileged = own.privileged === true;
  const label = own.seLinuxOptions ?? shared.seLinuxOptions;
  const profile = appArmor(pod, container);
  const unmasked = privileged || own.procMount === 'Unmasked';
  return {
    namespaceOptions: namespaceOptions(pod, input.targetId),
    privileged,
    readonlyRootfs: own.readOnlyRootFilesystem === true,
    noNewPrivs: own.allowPrivilegeEscalation === false,
    supplementalGroups: supplementalGroups(pod, input.volumeGroups),
    seccomp: privileged
      ? { profileType: ProfileType.Unconfined }
      : seccomp(own.seccompProfile ?? shared.seccompProfile, input.root),
    maskedPaths: unmasked ? [] : maskedPaths,
    readonlyPaths: unmasked ? [] : readonlyPaths,
    ...(own.capabilities === undefined
      ? {}
      : {
          capabilities: {
            addCapabilities: [...(own.capabilities.add ?? [])],
            dropCapabilities: [...(own.capabilities.drop ?? [])],
          },
        }),
    ...(user !== undefined
      ? { runAsUser: int64(user) }
      : image.uid === undefined
        ? { runAsUsername: image.username }
        : { runAsUser: int64(image.uid) }),
    ...(group === undefined ? {} : { runAsGroup: int64(group) }),
    ...(label === undefined ? {} : { selinuxOptions: selinux(label) }),
    ...(profile === undefined ? {} : { apparmor: profile }),
  };
}

/**
 * Why a container may not start under `runAsNonRoot`; undefined where it may. `pod` names the pod in the message, as
 * upstream's `verifyRunAsNonRoot` writes it.
 */
export function rootComplaint(pod: Pod, container: Container, image: ImageUser, formatted: string): string | undefined {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  if ((own.runAsNonRoot ?? shared.runAsNonRoot) !== true) return undefined;
  const user = own.runAsUser ?? shared.runAsUser;
  const where = `(pod: "${formatted}", container: ${container.name})`;
  if (user !== undefined) return user === 0 ? `container's runAsUser breaks non-root policy ${where}` : undefined;
  if (image.uid !== undefined) {
    return image.uid === 0 ? `container has runAsNonRoot and image will run as root ${where}` : undefined;
  }
  if (image.username !== '') {
    return `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`;
  }
  return undefined;
}
