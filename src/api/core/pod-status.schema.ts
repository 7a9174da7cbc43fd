import { ContainerExtendedResourceRequest, ResourceRequirements } from './container.schema.ts';
import type { Infer } from '../schema.ts';
import {
  boolean,
  int32,
  int64,
  list,
  listMap,
  mapOf,
  mergeList,
  message,
  oneOf,
  optional,
  quantity,
  required,
  setOf,
  string,
  time,
} from '../schema.ts';

export const ContainerStateRunning = message('io.k8s.api.core.v1.ContainerStateRunning', {
  startedAt: optional(1, time),
});
export interface ContainerStateRunning extends Infer<typeof ContainerStateRunning> {}

export const ContainerStateTerminated = message('io.k8s.api.core.v1.ContainerStateTerminated', {
  exitCode: required(1, int32),
  signal: optional(2, int32),
  reason: optional(3, string),
  message: optional(4, string),
  startedAt: optional(5, time),
  finishedAt: optional(6, time),
  containerID: optional(7, string),
});
export interface ContainerStateTerminated extends Infer<typeof ContainerStateTerminated> {}

export const ContainerStateWaiting = message('io.k8s.api.core.v1.ContainerStateWaiting', {
  reason: optional(1, string),
  message: optional(2, string),
});
export interface ContainerStateWaiting extends Infer<typeof ContainerStateWaiting> {}

export const ContainerState = message('io.k8s.api.core.v1.ContainerState', {
  waiting: optional(1, ContainerStateWaiting),
  running: optional(2, ContainerStateRunning),
  terminated: optional(3, ContainerStateTerminated),
});
export interface ContainerState extends Infer<typeof ContainerState> {}

export const LinuxContainerUser = message('io.k8s.api.core.v1.LinuxContainerUser', {
  uid: required(1, int64),
  gid: required(2, int64),
  supplementalGroups: optional(3, list(int64)),
});
export interface LinuxContainerUser extends Infer<typeof LinuxContainerUser> {}

export const ContainerUser = message('io.k8s.api.core.v1.ContainerUser', {
  linux: optional(1, LinuxContainerUser),
});
export interface ContainerUser extends Infer<typeof ContainerUser> {}

export const ResourceHealth = message('io.k8s.api.core.v1.ResourceHealth', {
  resourceID: required(1, string),
  health: optional(2, string),
  message: optional(6, string),
});
export interface ResourceHealth extends Infer<typeof ResourceHealth> {}

export const ResourceStatus = message('io.k8s.api.core.v1.ResourceStatus', {
  name: required(1, string),
  resources: optional(2, listMap(ResourceHealth, ['resourceID'])),
});
export interface ResourceStatus extends Infer<typeof ResourceStatus> {}

export const ImageVolumeStatus = message('io.k8s.api.core.v1.ImageVolumeStatus', {
  imageRef: required(1, string),
});
export interface ImageVolumeStatus extends Infer<typeof ImageVolumeStatus> {}

export const VolumeStatus = message('io.k8s.api.core.v1.VolumeStatus', {
  image: optional(1, ImageVolumeStatus),
});
export interface VolumeStatus extends Infer<typeof VolumeStatus> {}

export const VolumeMountStatus = message('io.k8s.api.core.v1.VolumeMountStatus', {
  name: required(1, string),
  mountPath: required(2, string),
  readOnly: optional(3, boolean),
  recursiveReadOnly: optional(4, string),
  volumeStatus: optional(5, VolumeStatus),
});
export interface VolumeMountStatus extends Infer<typeof VolumeMountStatus> {}

export const ContainerStatus = message('io.k8s.api.core.v1.ContainerStatus', {
  name: required(1, string),
  state: optional(2, ContainerState),
  lastState: optional(3, ContainerState),
  ready: required(4, boolean),
  restartCount: required(5, int32),
  image: required(6, string),
  imageID: required(7, string),
  containerID: optional(8, string),
  started: optional(9, boolean),
  allocatedResources: optional(10, mapOf(quantity)),
  resources: optional(11, ResourceRequirements),
  volumeMounts: optional(
    12,
    listMap(VolumeMountStatus, ['mountPath'], { mergeKey: 'mountPath', patchStrategy: 'merge' }),
  ),
  user: optional(13, ContainerUser),
  allocatedResourcesStatus: optional(
    14,
    listMap(ResourceStatus, ['name'], { mergeKey: 'name', patchStrategy: 'merge' }),
  ),
  stopSignal: optional(
    15,
    oneOf(
      'SIGABRT',
      'SIGALRM',
      'SIGBUS',
      'SIGCHLD',
      'SIGCLD',
      'SIGCONT',
      'SIGFPE',
      'SIGHUP',
      'SIGILL',
      'SIGINT',
      'SIGIO',
      'SIGIOT',
      'SIGKILL',
      'SIGPIPE',
      'SIGPOLL',
      'SIGPROF',
      'SIGPWR',
      'SIGQUIT',
      'SIGRTMAX',
      'SIGRTMAX-1',
      'SIGRTMAX-10',
      'SIGRTMAX-11',
      'SIGRTMAX-12',
      'SIGRTMAX-13',
      'SIGRTMAX-14',
      'SIGRTMAX-2',
      'SIGRTMAX-3',
      'SIGRTMAX-4',
      'SIGRTMAX-5',
      'SIGRTMAX-6',
      'SIGRTMAX-7',
      'SIGRTMAX-8',
      'SIGRTMAX-9',
      'SIGRTMIN',
      'SIGRTMIN+1',
      'SIGRTMIN+10',
      'SIGRTMIN+11',
      'SIGRTMIN+12',
      'SIGRTMIN+13',
      'SIGRTMIN+14',
      'SIGRTMIN+15',
      'SIGRTMIN+2',
      'SIGRTMIN+3',
      'SIGRTMIN+4',
      'SIGRTMIN+5',
      'SIGRTMIN+6',
      'SIGRTMIN+7',
      'SIGRTMIN+8',
      'SIGRTMIN+9',
      'SIGSEGV',
      'SIGSTKFLT',
      'SIGSTOP',
      'SIGSYS',
      'SIGTERM',
      'SIGTRAP',
      'SIGTSTP',
      'SIGTTIN',
      'SIGTTOU',
      'SIGURG',
      'SIGUSR1',
      'SIGUSR2',
      'SIGVTALRM',
      'SIGWINCH',
      'SIGXCPU',
      'SIGXFSZ',
    ),
  ),
});
export interface ContainerStatus extends Infer<typeof ContainerStatus> {}

export const HostIP = message('io.k8s.api.core.v1.HostIP', {
  ip: required(1, string),
});
export interface HostIP extends Infer<typeof HostIP> {}

export const NodeAllocatableResourceClaimStatus = message('io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus', {
  resourceClaimName: required(1, string),
  containers: optional(2, setOf(string)),
  resources: required(3, mapOf(quantity)),
});
export interface NodeAllocatableResourceClaimStatus extends Infer<typeof NodeAllocatableResourceClaimStatus> {}

export const PodCondition = message('io.k8s.api.core.v1.PodCondition', {
  type: required(1, string),
  observedGeneration: optional(7, int64),
  status: required(2, string),
  lastProbeTime: optional(3, time),
  lastTransitionTime: optional(4, time),
  reason: optional(5, string),
  message: optional(6, string),
});
export interface PodCondition extends Infer<typeof PodCondition> {}

export const PodExtendedResourceClaimStatus = message('io.k8s.api.core.v1.PodExtendedResourceClaimStatus', {
  requestMappings: required(1, list(ContainerExtendedResourceRequest)),
  resourceClaimName: required(2, string),
});
export interface PodExtendedResourceClaimStatus extends Infer<typeof PodExtendedResourceClaimStatus> {}

export const PodIP = message('io.k8s.api.core.v1.PodIP', {
  ip: required(1, string),
});
export interface PodIP extends Infer<typeof PodIP> {}

export const PodResourceClaimStatus = message('io.k8s.api.core.v1.PodResourceClaimStatus', {
  name: required(1, string),
  resourceClaimName: optional(2, string),
});
export interface PodResourceClaimStatus extends Infer<typeof PodResourceClaimStatus> {}

export const PodStatus = message('io.k8s.api.core.v1.PodStatus', {
  observedGeneration: optional(17, int64),
  phase: optional(1, oneOf('Failed', 'Pending', 'Running', 'Succeeded', 'Unknown')),
  conditions: optional(2, listMap(PodCondition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' })),
  message: optional(3, string),
  reason: optional(4, string),
  nominatedNodeName: optional(11, string),
  hostIP: optional(5, string),
  hostIPs: optional(16, mergeList(HostIP, 'ip')),
  podIP: optional(6, string),
  podIPs: optional(12, listMap(PodIP, ['ip'], { mergeKey: 'ip', patchStrategy: 'merge' })),
  startTime: optional(7, time),
  initContainerStatuses: optional(10, list(ContainerStatus)),
  containerStatuses: optional(8, list(ContainerStatus)),
  qosClass: optional(9, oneOf('BestEffort', 'Burstable', 'Guaranteed')),
  ephemeralContainerStatuses: optional(13, list(ContainerStatus)),
  resize: optional(14, string),
  resourceClaimStatuses: optional(
    15,
    listMap(PodResourceClaimStatus, ['name'], { mergeKey: 'name', patchStrategy: 'merge,retainKeys' }),
  ),
  extendedResourceClaimStatus: optional(18, PodExtendedResourceClaimStatus),
  allocatedResources: optional(19, mapOf(quantity)),
  resources: optional(20, ResourceRequirements),
  nodeAllocatableResourceClaimStatuses: optional(21, list(NodeAllocatableResourceClaimStatus)),
});
export interface PodStatus extends Infer<typeof PodStatus> {}
