import type { Infer } from '../schema.ts';
import { boolean, int64, list, message, oneOf, optional, required, string } from '../schema.ts';

export const AppArmorProfile = message('io.k8s.api.core.v1.AppArmorProfile', {
  type: required(1, oneOf('Localhost', 'RuntimeDefault', 'Unconfined')),
  localhostProfile: optional(2, string),
});
export interface AppArmorProfile extends Infer<typeof AppArmorProfile> {}

export const Capabilities = message('io.k8s.api.core.v1.Capabilities', {
  add: optional(1, list(string)),
  drop: optional(2, list(string)),
});
export interface Capabilities extends Infer<typeof Capabilities> {}

export const SELinuxOptions = message('io.k8s.api.core.v1.SELinuxOptions', {
  user: optional(1, string),
  role: optional(2, string),
  type: optional(3, string),
  level: optional(4, string),
});
export interface SELinuxOptions extends Infer<typeof SELinuxOptions> {}

export const SeccompProfile = message('io.k8s.api.core.v1.SeccompProfile', {
  type: required(1, oneOf('Localhost', 'RuntimeDefault', 'Unconfined')),
  localhostProfile: optional(2, string),
});
export interface SeccompProfile extends Infer<typeof SeccompProfile> {}

export const Sysctl = message('io.k8s.api.core.v1.Sysctl', {
  name: required(1, string),
  value: required(2, string),
});
export interface Sysctl extends Infer<typeof Sysctl> {}

export const WindowsSecurityContextOptions = message('io.k8s.api.core.v1.WindowsSecurityContextOptions', {
  gmsaCredentialSpecName: optional(1, string),
  gmsaCredentialSpec: optional(2, string),
  runAsUserName: optional(3, string),
  hostProcess: optional(4, boolean),
});
export interface WindowsSecurityContextOptions extends Infer<typeof WindowsSecurityContextOptions> {}

export const PodSecurityContext = message('io.k8s.api.core.v1.PodSecurityContext', {
  seLinuxOptions: optional(1, SELinuxOptions),
  windowsOptions: optional(8, WindowsSecurityContextOptions),
  runAsUser: optional(2, int64),
  runAsGroup: optional(6, int64),
  runAsNonRoot: optional(3, boolean),
  supplementalGroups: optional(4, list(int64)),
  supplementalGroupsPolicy: optional(12, oneOf('Merge', 'Strict')),
  fsGroup: optional(5, int64),
  sysctls: optional(7, list(Sysctl)),
  fsGroupChangePolicy: optional(9, oneOf('Always', 'OnRootMismatch')),
  seccompProfile: optional(10, SeccompProfile),
  appArmorProfile: optional(11, AppArmorProfile),
  seLinuxChangePolicy: optional(13, string),
});
export interface PodSecurityContext extends Infer<typeof PodSecurityContext> {}

export const SecurityContext = message('io.k8s.api.core.v1.SecurityContext', {
  capabilities: optional(1, Capabilities),
  privileged: optional(2, boolean),
  seLinuxOptions: optional(3, SELinuxOptions),
  windowsOptions: optional(10, WindowsSecurityContextOptions),
  runAsUser: optional(4, int64),
  runAsGroup: optional(8, int64),
  runAsNonRoot: optional(5, boolean),
  readOnlyRootFilesystem: optional(6, boolean),
  allowPrivilegeEscalation: optional(7, boolean),
  procMount: optional(9, oneOf('Default', 'Unmasked')),
  seccompProfile: optional(11, SeccompProfile),
  appArmorProfile: optional(12, AppArmorProfile),
});
export interface SecurityContext extends Infer<typeof SecurityContext> {}
