import { LocalObjectReference } from './reference.schema.ts';
import { SecurityContext } from './security-context.schema.ts';
import type { Infer } from '../schema.ts';
import {
  boolean,
  inline,
  int32,
  int64,
  intOrString,
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
} from '../schema.ts';

export const ConfigMapEnvSource = message('io.k8s.api.core.v1.ConfigMapEnvSource', {
  localObjectReference: inline(1, LocalObjectReference),
  optional: optional(2, boolean),
});
export interface ConfigMapEnvSource extends Infer<typeof ConfigMapEnvSource> {}

export const ConfigMapKeySelector = message(
  'io.k8s.api.core.v1.ConfigMapKeySelector',
  {
    localObjectReference: inline(1, LocalObjectReference),
    key: required(2, string),
    optional: optional(3, boolean),
  },
  { atomic: true },
);
export interface ConfigMapKeySelector extends Infer<typeof ConfigMapKeySelector> {}

export const ContainerPort = message('io.k8s.api.core.v1.ContainerPort', {
  name: optional(1, string),
  hostPort: optional(2, int32),
  containerPort: required(3, int32),
  protocol: optional(4, oneOf('SCTP', 'TCP', 'UDP')),
  hostIP: optional(5, string),
});
export interface ContainerPort extends Infer<typeof ContainerPort> {}

export const ContainerResizePolicy = message('io.k8s.api.core.v1.ContainerResizePolicy', {
  resourceName: required(1, string),
  restartPolicy: required(2, string),
});
export interface ContainerResizePolicy extends Infer<typeof ContainerResizePolicy> {}

export const ContainerRestartRuleOnExitCodes = message('io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes', {
  operator: required(1, string),
  values: optional(2, setOf(int32)),
});
export interface ContainerRestartRuleOnExitCodes extends Infer<typeof ContainerRestartRuleOnExitCodes> {}

export const ContainerRestartRule = message('io.k8s.api.core.v1.ContainerRestartRule', {
  action: required(1, string),
  exitCodes: optional(2, ContainerRestartRuleOnExitCodes),
});
export interface ContainerRestartRule extends Infer<typeof ContainerRestartRule> {}

export const SecretEnvSource = message('io.k8s.api.core.v1.SecretEnvSource', {
  localObjectReference: inline(1, LocalObjectReference),
  optional: optional(2, boolean),
});
export interface SecretEnvSource extends Infer<typeof SecretEnvSource> {}

export const EnvFromSource = message('io.k8s.api.core.v1.EnvFromSource', {
  prefix: optional(1, string),
  configMapRef: optional(2, ConfigMapEnvSource),
  secretRef: optional(3, SecretEnvSource),
});
export interface EnvFromSource extends Infer<typeof EnvFromSource> {}

export const FileKeySelector = message(
  'io.k8s.api.core.v1.FileKeySelector',
  {
    volumeName: required(1, string),
    path: required(2, string),
    key: required(3, string),
    optional: optional(4, boolean),
  },
  { atomic: true },
);
export interface FileKeySelector extends Infer<typeof FileKeySelector> {}

export const ObjectFieldSelector = message(
  'io.k8s.api.core.v1.ObjectFieldSelector',
  {
    apiVersion: optional(1, string),
    fieldPath: required(2, string),
  },
  { atomic: true },
);
export interface ObjectFieldSelector extends Infer<typeof ObjectFieldSelector> {}

export const ResourceFieldSelector = message(
  'io.k8s.api.core.v1.ResourceFieldSelector',
  {
    containerName: optional(1, string),
    resource: required(2, string),
    divisor: optional(3, quantity),
  },
  { atomic: true },
);
export interface ResourceFieldSelector extends Infer<typeof ResourceFieldSelector> {}

export const SecretKeySelector = message(
  'io.k8s.api.core.v1.SecretKeySelector',
  {
    localObjectReference: inline(1, LocalObjectReference),
    key: required(2, string),
    optional: optional(3, boolean),
  },
  { atomic: true },
);
export interface SecretKeySelector extends Infer<typeof SecretKeySelector> {}

export const EnvVarSource = message('io.k8s.api.core.v1.EnvVarSource', {
  fieldRef: optional(1, ObjectFieldSelector),
  resourceFieldRef: optional(2, ResourceFieldSelector),
  configMapKeyRef: optional(3, ConfigMapKeySelector),
  secretKeyRef: optional(4, SecretKeySelector),
  fileKeyRef: optional(5, FileKeySelector),
});
export interface EnvVarSource extends Infer<typeof EnvVarSource> {}

export const EnvVar = message('io.k8s.api.core.v1.EnvVar', {
  name: required(1, string),
  value: optional(2, string),
  valueFrom: optional(3, EnvVarSource),
});
export interface EnvVar extends Infer<typeof EnvVar> {}

export const ExecAction = message('io.k8s.api.core.v1.ExecAction', {
  command: optional(1, list(string)),
});
export interface ExecAction extends Infer<typeof ExecAction> {}

export const HTTPHeader = message('io.k8s.api.core.v1.HTTPHeader', {
  name: required(1, string),
  value: required(2, string),
});
export interface HTTPHeader extends Infer<typeof HTTPHeader> {}

export const HTTPGetAction = message('io.k8s.api.core.v1.HTTPGetAction', {
  path: optional(1, string),
  port: required(2, intOrString),
  host: optional(3, string),
  scheme: optional(4, oneOf('HTTP', 'HTTPS')),
  httpHeaders: optional(5, list(HTTPHeader)),
});
export interface HTTPGetAction extends Infer<typeof HTTPGetAction> {}

export const SleepAction = message('io.k8s.api.core.v1.SleepAction', {
  seconds: required(1, int64),
});
export interface SleepAction extends Infer<typeof SleepAction> {}

export const TCPSocketAction = message('io.k8s.api.core.v1.TCPSocketAction', {
  port: required(1, intOrString),
  host: optional(2, string),
});
export interface TCPSocketAction extends Infer<typeof TCPSocketAction> {}

export const LifecycleHandler = message('io.k8s.api.core.v1.LifecycleHandler', {
  exec: optional(1, ExecAction),
  httpGet: optional(2, HTTPGetAction),
  tcpSocket: optional(3, TCPSocketAction),
  sleep: optional(4, SleepAction),
});
export interface LifecycleHandler extends Infer<typeof LifecycleHandler> {}

export const Lifecycle = message('io.k8s.api.core.v1.Lifecycle', {
  postStart: optional(1, LifecycleHandler),
  preStop: optional(2, LifecycleHandler),
  stopSignal: optional(
    3,
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
export interface Lifecycle extends Infer<typeof Lifecycle> {}

export const GRPCAction = message('io.k8s.api.core.v1.GRPCAction', {
  port: required(1, int32),
  service: optional(2, string),
});
export interface GRPCAction extends Infer<typeof GRPCAction> {}

export const ProbeHandler = message('io.k8s.api.core.v1.ProbeHandler', {
  exec: optional(1, ExecAction),
  httpGet: optional(2, HTTPGetAction),
  tcpSocket: optional(3, TCPSocketAction),
  grpc: optional(4, GRPCAction),
});
export interface ProbeHandler extends Infer<typeof ProbeHandler> {}

export const Probe = message('io.k8s.api.core.v1.Probe', {
  handler: inline(1, ProbeHandler),
  initialDelaySeconds: optional(2, int32),
  timeoutSeconds: optional(3, int32),
  periodSeconds: optional(4, int32),
  successThreshold: optional(5, int32),
  failureThreshold: optional(6, int32),
  terminationGracePeriodSeconds: optional(7, int64),
});
export interface Probe extends Infer<typeof Probe> {}

export const ResourceClaim = message('io.k8s.api.core.v1.ResourceClaim', {
  name: required(1, string),
  request: optional(2, string),
});
export interface ResourceClaim extends Infer<typeof ResourceClaim> {}

export const ResourceRequirements = message('io.k8s.api.core.v1.ResourceRequirements', {
  limits: optional(1, mapOf(quantity)),
  requests: optional(2, mapOf(quantity)),
  claims: optional(3, listMap(ResourceClaim, ['name'])),
});
export interface ResourceRequirements extends Infer<typeof ResourceRequirements> {}

export const VolumeDevice = message('io.k8s.api.core.v1.VolumeDevice', {
  name: required(1, string),
  devicePath: required(2, string),
});
export interface VolumeDevice extends Infer<typeof VolumeDevice> {}

export const VolumeMount = message('io.k8s.api.core.v1.VolumeMount', {
  name: required(1, string),
  readOnly: optional(2, boolean),
  recursiveReadOnly: optional(7, string),
  mountPath: required(3, string),
  subPath: optional(4, string),
  mountPropagation: optional(5, oneOf('Bidirectional', 'HostToContainer', 'None')),
  subPathExpr: optional(6, string),
});
export interface VolumeMount extends Infer<typeof VolumeMount> {}

export const Container = message('io.k8s.api.core.v1.Container', {
  name: required(1, string),
  image: optional(2, string),
  command: optional(3, list(string)),
  args: optional(4, list(string)),
  workingDir: optional(5, string),
  ports: optional(
    6,
    listMap(ContainerPort, ['containerPort', 'protocol'], { mergeKey: 'containerPort', patchStrategy: 'merge' }),
  ),
  envFrom: optional(19, list(EnvFromSource)),
  env: optional(7, listMap(EnvVar, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
  resources: present(8, ResourceRequirements),
  resizePolicy: optional(23, list(ContainerResizePolicy)),
  restartPolicy: optional(24, string),
  restartPolicyRules: optional(25, list(ContainerRestartRule)),
  volumeMounts: optional(9, listMap(VolumeMount, ['mountPath'], { mergeKey: 'mountPath', patchStrategy: 'merge' })),
  volumeDevices: optional(
    21,
    listMap(VolumeDevice, ['devicePath'], { mergeKey: 'devicePath', patchStrategy: 'merge' }),
  ),
  livenessProbe: optional(10, Probe),
  readinessProbe: optional(11, Probe),
  startupProbe: optional(22, Probe),
  lifecycle: optional(12, Lifecycle),
  terminationMessagePath: optional(13, string),
  terminationMessagePolicy: optional(20, oneOf('FallbackToLogsOnError', 'File')),
  imagePullPolicy: optional(14, oneOf('Always', 'IfNotPresent', 'Never')),
  securityContext: optional(15, SecurityContext),
  stdin: optional(16, boolean),
  stdinOnce: optional(17, boolean),
  tty: optional(18, boolean),
});
export interface Container extends Infer<typeof Container> {}

export const ContainerExtendedResourceRequest = message('io.k8s.api.core.v1.ContainerExtendedResourceRequest', {
  containerName: required(1, string),
  resourceName: required(2, string),
  requestName: required(3, string),
});
export interface ContainerExtendedResourceRequest extends Infer<typeof ContainerExtendedResourceRequest> {}

export const EphemeralContainerCommon = message('io.k8s.api.core.v1.EphemeralContainerCommon', {
  name: required(1, string),
  image: optional(2, string),
  command: optional(3, list(string)),
  args: optional(4, list(string)),
  workingDir: optional(5, string),
  ports: optional(6, list(ContainerPort)),
  envFrom: optional(19, list(EnvFromSource)),
  env: optional(7, list(EnvVar)),
  resources: present(8, ResourceRequirements),
  resizePolicy: optional(23, list(ContainerResizePolicy)),
  restartPolicy: optional(24, string),
  restartPolicyRules: optional(25, list(ContainerRestartRule)),
  volumeMounts: optional(9, list(VolumeMount)),
  volumeDevices: optional(21, list(VolumeDevice)),
  livenessProbe: optional(10, Probe),
  readinessProbe: optional(11, Probe),
  startupProbe: optional(22, Probe),
  lifecycle: optional(12, Lifecycle),
  terminationMessagePath: optional(13, string),
  terminationMessagePolicy: optional(20, oneOf('FallbackToLogsOnError', 'File')),
  imagePullPolicy: optional(14, oneOf('Always', 'IfNotPresent', 'Never')),
  securityContext: optional(15, SecurityContext),
  stdin: optional(16, boolean),
  stdinOnce: optional(17, boolean),
  tty: optional(18, boolean),
});
export interface EphemeralContainerCommon extends Infer<typeof EphemeralContainerCommon> {}

export const EphemeralContainer = message('io.k8s.api.core.v1.EphemeralContainer', {
  ephemeralContainerCommon: inline(1, EphemeralContainerCommon),
  targetContainerName: optional(2, string),
});
export interface EphemeralContainer extends Infer<typeof EphemeralContainer> {}

export const PodResourceClaim = message('io.k8s.api.core.v1.PodResourceClaim', {
  name: required(1, string),
  resourceClaimName: optional(3, string),
  resourceClaimTemplateName: optional(4, string),
});
export interface PodResourceClaim extends Infer<typeof PodResourceClaim> {}

export const VolumeResourceRequirements = message('io.k8s.api.core.v1.VolumeResourceRequirements', {
  limits: optional(1, mapOf(quantity)),
  requests: optional(2, mapOf(quantity)),
});
export interface VolumeResourceRequirements extends Infer<typeof VolumeResourceRequirements> {}
