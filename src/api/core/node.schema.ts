import { ConfigMapNodeConfigSource } from './reference.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import {
  boolean,
  int32,
  int64,
  list,
  listMap,
  mapOf,
  message,
  oneOf,
  optional,
  present,
  quantity,
  required,
  setOf,
  string,
  time,
} from '../schema.ts';

export const AttachedVolume = message('io.k8s.api.core.v1.AttachedVolume', {
  name: required(1, string),
  devicePath: required(2, string),
});
export interface AttachedVolume extends Infer<typeof AttachedVolume> {}

export const ContainerImage = message('io.k8s.api.core.v1.ContainerImage', {
  names: optional(1, list(string)),
  sizeBytes: optional(2, int64),
});
export interface ContainerImage extends Infer<typeof ContainerImage> {}

export const DaemonEndpoint = message('io.k8s.api.core.v1.DaemonEndpoint', {
  Port: required(1, int32),
});
export interface DaemonEndpoint extends Infer<typeof DaemonEndpoint> {}

export const NodeConfigSource = message('io.k8s.api.core.v1.NodeConfigSource', {
  configMap: optional(2, ConfigMapNodeConfigSource),
});
export interface NodeConfigSource extends Infer<typeof NodeConfigSource> {}

export const Taint = message('io.k8s.api.core.v1.Taint', {
  key: required(1, string),
  value: optional(2, string),
  effect: required(3, oneOf('NoExecute', 'NoSchedule', 'PreferNoSchedule')),
  timeAdded: optional(4, time),
});
export interface Taint extends Infer<typeof Taint> {}

export const NodeSpec = message('io.k8s.api.core.v1.NodeSpec', {
  podCIDR: optional(1, string),
  podCIDRs: optional(7, setOf(string, { patchStrategy: 'merge' })),
  providerID: optional(3, string),
  unschedulable: optional(4, boolean),
  taints: optional(5, list(Taint)),
  configSource: optional(6, NodeConfigSource),
  externalID: optional(2, string),
});
export interface NodeSpec extends Infer<typeof NodeSpec> {}

export const NodeAddress = message('io.k8s.api.core.v1.NodeAddress', {
  type: required(1, string),
  address: required(2, string),
});
export interface NodeAddress extends Infer<typeof NodeAddress> {}

export const NodeCondition = message('io.k8s.api.core.v1.NodeCondition', {
  type: required(1, string),
  status: required(2, string),
  lastHeartbeatTime: optional(3, time),
  lastTransitionTime: optional(4, time),
  reason: optional(5, string),
  message: optional(6, string),
});
export interface NodeCondition extends Infer<typeof NodeCondition> {}

export const NodeConfigStatus = message('io.k8s.api.core.v1.NodeConfigStatus', {
  assigned: optional(1, NodeConfigSource),
  active: optional(2, NodeConfigSource),
  lastKnownGood: optional(3, NodeConfigSource),
  error: optional(4, string),
});
export interface NodeConfigStatus extends Infer<typeof NodeConfigStatus> {}

export const NodeDaemonEndpoints = message('io.k8s.api.core.v1.NodeDaemonEndpoints', {
  kubeletEndpoint: optional(1, DaemonEndpoint),
});
export interface NodeDaemonEndpoints extends Infer<typeof NodeDaemonEndpoints> {}

export const NodeFeatures = message('io.k8s.api.core.v1.NodeFeatures', {
  supplementalGroupsPolicy: optional(1, boolean),
});
export interface NodeFeatures extends Infer<typeof NodeFeatures> {}

export const NodeRuntimeHandlerFeatures = message('io.k8s.api.core.v1.NodeRuntimeHandlerFeatures', {
  recursiveReadOnlyMounts: optional(1, boolean),
  userNamespaces: optional(2, boolean),
});
export interface NodeRuntimeHandlerFeatures extends Infer<typeof NodeRuntimeHandlerFeatures> {}

export const NodeRuntimeHandler = message('io.k8s.api.core.v1.NodeRuntimeHandler', {
  name: optional(1, string),
  features: optional(2, NodeRuntimeHandlerFeatures),
});
export interface NodeRuntimeHandler extends Infer<typeof NodeRuntimeHandler> {}

export const NodeSwapStatus = message('io.k8s.api.core.v1.NodeSwapStatus', {
  capacity: optional(1, int64),
});
export interface NodeSwapStatus extends Infer<typeof NodeSwapStatus> {}

export const NodeSystemInfo = message('io.k8s.api.core.v1.NodeSystemInfo', {
  machineID: required(1, string),
  systemUUID: required(2, string),
  bootID: required(3, string),
  kernelVersion: required(4, string),
  osImage: required(5, string),
  containerRuntimeVersion: required(6, string),
  kubeletVersion: required(7, string),
  kubeProxyVersion: required(8, string),
  operatingSystem: required(9, string),
  architecture: required(10, string),
  swap: optional(11, NodeSwapStatus),
});
export interface NodeSystemInfo extends Infer<typeof NodeSystemInfo> {}

export const NodeStatus = message('io.k8s.api.core.v1.NodeStatus', {
  capacity: optional(1, mapOf(quantity)),
  allocatable: optional(2, mapOf(quantity)),
  phase: optional(3, oneOf('Pending', 'Running', 'Terminated')),
  conditions: optional(4, listMap(NodeCondition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' })),
  addresses: optional(5, listMap(NodeAddress, ['type'], { mergeKey: 'type', patchStrategy: 'merge' })),
  daemonEndpoints: optional(6, NodeDaemonEndpoints),
  nodeInfo: optional(7, NodeSystemInfo),
  images: optional(8, list(ContainerImage)),
  volumesInUse: optional(9, list(string)),
  volumesAttached: optional(10, list(AttachedVolume)),
  config: optional(11, NodeConfigStatus),
  runtimeHandlers: optional(12, list(NodeRuntimeHandler)),
  features: optional(13, NodeFeatures),
  declaredFeatures: optional(14, list(string)),
});
export interface NodeStatus extends Infer<typeof NodeStatus> {}

export const Node = clusterObject('io.k8s.api.core.v1.Node', {
  spec: present(2, NodeSpec),
  status: present(3, NodeStatus),
});
export interface Node extends Infer<typeof Node> {}
