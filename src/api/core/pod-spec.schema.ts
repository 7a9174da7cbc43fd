import { Container, EphemeralContainer, PodResourceClaim, ResourceRequirements } from './container.schema.ts';
import { LocalObjectReference } from './reference.schema.ts';
import { Affinity, Toleration, TopologySpreadConstraint } from './scheduling.schema.ts';
import { PodSecurityContext } from './security-context.schema.ts';
import { Volume } from './volume.schema.ts';
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
  quantity,
  required,
  string,
} from '../schema.ts';

export const HostAlias = message('io.k8s.api.core.v1.HostAlias', {
  ip: required(1, string),
  hostnames: optional(2, list(string)),
});
export interface HostAlias extends Infer<typeof HostAlias> {}

export const PodDNSConfigOption = message('io.k8s.api.core.v1.PodDNSConfigOption', {
  name: optional(1, string),
  value: optional(2, string),
});
export interface PodDNSConfigOption extends Infer<typeof PodDNSConfigOption> {}

export const PodDNSConfig = message('io.k8s.api.core.v1.PodDNSConfig', {
  nameservers: optional(1, list(string)),
  searches: optional(2, list(string)),
  options: optional(3, list(PodDNSConfigOption)),
});
export interface PodDNSConfig extends Infer<typeof PodDNSConfig> {}

export const PodOS = message('io.k8s.api.core.v1.PodOS', {
  name: required(1, string),
});
export interface PodOS extends Infer<typeof PodOS> {}

export const PodReadinessGate = message('io.k8s.api.core.v1.PodReadinessGate', {
  conditionType: required(1, string),
});
export interface PodReadinessGate extends Infer<typeof PodReadinessGate> {}

export const PodSchedulingGate = message('io.k8s.api.core.v1.PodSchedulingGate', {
  name: required(1, string),
});
export interface PodSchedulingGate extends Infer<typeof PodSchedulingGate> {}

export const PodSchedulingGroup = message('io.k8s.api.core.v1.PodSchedulingGroup', {
  podGroupName: optional(1, string),
});
export interface PodSchedulingGroup extends Infer<typeof PodSchedulingGroup> {}

export const PodSpec = message('io.k8s.api.core.v1.PodSpec', {
  volumes: optional(1, listMap(Volume, ['name'], { mergeKey: 'name', patchStrategy: 'merge,retainKeys' })),
  initContainers: optional(20, listMap(Container, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
  containers: required(2, listMap(Container, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
  ephemeralContainers: optional(
    34,
    listMap(EphemeralContainer, ['name'], { mergeKey: 'name', patchStrategy: 'merge' }),
  ),
  restartPolicy: optional(3, oneOf('Always', 'Never', 'OnFailure')),
  terminationGracePeriodSeconds: optional(4, int64),
  activeDeadlineSeconds: optional(5, int64),
  dnsPolicy: optional(6, oneOf('ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None')),
  nodeSelector: optional(7, mapOf(string)),
  serviceAccountName: optional(8, string),
  serviceAccount: optional(9, string),
  automountServiceAccountToken: optional(21, boolean),
  nodeName: optional(10, string),
  hostNetwork: optional(11, boolean),
  hostPID: optional(12, boolean),
  hostIPC: optional(13, boolean),
  shareProcessNamespace: optional(27, boolean),
  securityContext: optional(14, PodSecurityContext),
  imagePullSecrets: optional(15, listMap(LocalObjectReference, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
  hostname: optional(16, string),
  subdomain: optional(17, string),
  affinity: optional(18, Affinity),
  schedulerName: optional(19, string),
  tolerations: optional(22, list(Toleration)),
  hostAliases: optional(23, listMap(HostAlias, ['ip'], { mergeKey: 'ip', patchStrategy: 'merge' })),
  priorityClassName: optional(24, string),
  priority: optional(25, int32),
  dnsConfig: optional(26, PodDNSConfig),
  readinessGates: optional(28, list(PodReadinessGate)),
  runtimeClassName: optional(29, string),
  enableServiceLinks: optional(30, boolean),
  preemptionPolicy: optional(31, oneOf('Never', 'PreemptLowerPriority')),
  overhead: optional(32, mapOf(quantity)),
  topologySpreadConstraints: optional(
    33,
    listMap(TopologySpreadConstraint, ['topologyKey', 'whenUnsatisfiable'], {
      mergeKey: 'topologyKey',
      patchStrategy: 'merge',
    }),
  ),
  setHostnameAsFQDN: optional(35, boolean),
  os: optional(36, PodOS),
  hostUsers: optional(37, boolean),
  schedulingGates: optional(38, listMap(PodSchedulingGate, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
  resourceClaims: optional(
    39,
    listMap(PodResourceClaim, ['name'], { mergeKey: 'name', patchStrategy: 'merge,retainKeys' }),
  ),
  resources: optional(40, ResourceRequirements),
  hostnameOverride: optional(41, string),
  schedulingGroup: optional(43, PodSchedulingGroup),
});
export interface PodSpec extends Infer<typeof PodSpec> {}
