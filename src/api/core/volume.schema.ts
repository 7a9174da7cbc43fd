import { ObjectFieldSelector, ResourceFieldSelector, VolumeResourceRequirements } from './container.schema.ts';
import { LocalObjectReference, TypedLocalObjectReference, TypedObjectReference } from './reference.schema.ts';
import { LabelSelector, ObjectMeta } from '../meta/meta.schema.ts';
import type { Infer } from '../schema.ts';
import {
  boolean,
  inline,
  int32,
  int64,
  list,
  mapOf,
  message,
  oneOf,
  optional,
  present,
  quantity,
  required,
  string,
} from '../schema.ts';

export const AWSElasticBlockStoreVolumeSource = message('io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource', {
  volumeID: required(1, string),
  fsType: optional(2, string),
  partition: optional(3, int32),
  readOnly: optional(4, boolean),
});
export interface AWSElasticBlockStoreVolumeSource extends Infer<typeof AWSElasticBlockStoreVolumeSource> {}

export const AzureDiskVolumeSource = message('io.k8s.api.core.v1.AzureDiskVolumeSource', {
  diskName: required(1, string),
  diskURI: required(2, string),
  cachingMode: optional(3, oneOf('None', 'ReadOnly', 'ReadWrite')),
  fsType: optional(4, string),
  readOnly: optional(5, boolean),
  kind: optional(6, oneOf('Dedicated', 'Managed', 'Shared')),
});
export interface AzureDiskVolumeSource extends Infer<typeof AzureDiskVolumeSource> {}

export const AzureFileVolumeSource = message('io.k8s.api.core.v1.AzureFileVolumeSource', {
  secretName: required(1, string),
  shareName: required(2, string),
  readOnly: optional(3, boolean),
});
export interface AzureFileVolumeSource extends Infer<typeof AzureFileVolumeSource> {}

export const CSIVolumeSource = message('io.k8s.api.core.v1.CSIVolumeSource', {
  driver: required(1, string),
  readOnly: optional(2, boolean),
  fsType: optional(3, string),
  volumeAttributes: optional(4, mapOf(string)),
  nodePublishSecretRef: optional(5, LocalObjectReference),
});
export interface CSIVolumeSource extends Infer<typeof CSIVolumeSource> {}

export const CephFSVolumeSource = message('io.k8s.api.core.v1.CephFSVolumeSource', {
  monitors: required(1, list(string)),
  path: optional(2, string),
  user: optional(3, string),
  secretFile: optional(4, string),
  secretRef: optional(5, LocalObjectReference),
  readOnly: optional(6, boolean),
});
export interface CephFSVolumeSource extends Infer<typeof CephFSVolumeSource> {}

export const CinderVolumeSource = message('io.k8s.api.core.v1.CinderVolumeSource', {
  volumeID: required(1, string),
  fsType: optional(2, string),
  readOnly: optional(3, boolean),
  secretRef: optional(4, LocalObjectReference),
});
export interface CinderVolumeSource extends Infer<typeof CinderVolumeSource> {}

export const ClusterTrustBundleProjection = message('io.k8s.api.core.v1.ClusterTrustBundleProjection', {
  name: optional(1, string),
  signerName: optional(2, string),
  labelSelector: optional(3, LabelSelector),
  optional: optional(5, boolean),
  path: required(4, string),
});
export interface ClusterTrustBundleProjection extends Infer<typeof ClusterTrustBundleProjection> {}

export const KeyToPath = message('io.k8s.api.core.v1.KeyToPath', {
  key: required(1, string),
  path: required(2, string),
  mode: optional(3, int32),
});
export interface KeyToPath extends Infer<typeof KeyToPath> {}

export const ConfigMapProjection = message('io.k8s.api.core.v1.ConfigMapProjection', {
  localObjectReference: inline(1, LocalObjectReference),
  items: optional(2, list(KeyToPath)),
  optional: optional(4, boolean),
});
export interface ConfigMapProjection extends Infer<typeof ConfigMapProjection> {}

export const ConfigMapVolumeSource = message('io.k8s.api.core.v1.ConfigMapVolumeSource', {
  localObjectReference: inline(1, LocalObjectReference),
  items: optional(2, list(KeyToPath)),
  defaultMode: optional(3, int32),
  optional: optional(4, boolean),
});
export interface ConfigMapVolumeSource extends Infer<typeof ConfigMapVolumeSource> {}

export const DownwardAPIVolumeFile = message('io.k8s.api.core.v1.DownwardAPIVolumeFile', {
  path: required(1, string),
  fieldRef: optional(2, ObjectFieldSelector),
  resourceFieldRef: optional(3, ResourceFieldSelector),
  mode: optional(4, int32),
});
export interface DownwardAPIVolumeFile extends Infer<typeof DownwardAPIVolumeFile> {}

export const DownwardAPIProjection = message('io.k8s.api.core.v1.DownwardAPIProjection', {
  items: optional(1, list(DownwardAPIVolumeFile)),
});
export interface DownwardAPIProjection extends Infer<typeof DownwardAPIProjection> {}

export const DownwardAPIVolumeSource = message('io.k8s.api.core.v1.DownwardAPIVolumeSource', {
  items: optional(1, list(DownwardAPIVolumeFile)),
  defaultMode: optional(2, int32),
});
export interface DownwardAPIVolumeSource extends Infer<typeof DownwardAPIVolumeSource> {}

export const EmptyDirVolumeSource = message('io.k8s.api.core.v1.EmptyDirVolumeSource', {
  medium: optional(1, string),
  sizeLimit: optional(2, quantity),
});
export interface EmptyDirVolumeSource extends Infer<typeof EmptyDirVolumeSource> {}

export const PersistentVolumeClaimSpec = message('io.k8s.api.core.v1.PersistentVolumeClaimSpec', {
  accessModes: optional(1, list(oneOf('ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'))),
  selector: optional(4, LabelSelector),
  resources: present(2, VolumeResourceRequirements),
  volumeName: optional(3, string),
  storageClassName: optional(5, string),
  volumeMode: optional(6, oneOf('Block', 'Filesystem')),
  dataSource: optional(7, TypedLocalObjectReference),
  dataSourceRef: optional(8, TypedObjectReference),
  volumeAttributesClassName: optional(9, string),
});
export interface PersistentVolumeClaimSpec extends Infer<typeof PersistentVolumeClaimSpec> {}

export const PersistentVolumeClaimTemplate = message('io.k8s.api.core.v1.PersistentVolumeClaimTemplate', {
  metadata: optional(1, ObjectMeta),
  spec: required(2, PersistentVolumeClaimSpec),
});
export interface PersistentVolumeClaimTemplate extends Infer<typeof PersistentVolumeClaimTemplate> {}

export const EphemeralVolumeSource = message('io.k8s.api.core.v1.EphemeralVolumeSource', {
  volumeClaimTemplate: optional(1, PersistentVolumeClaimTemplate),
});
export interface EphemeralVolumeSource extends Infer<typeof EphemeralVolumeSource> {}

export const FCVolumeSource = message('io.k8s.api.core.v1.FCVolumeSource', {
  targetWWNs: optional(1, list(string)),
  lun: optional(2, int32),
  fsType: optional(3, string),
  readOnly: optional(4, boolean),
  wwids: optional(5, list(string)),
});
export interface FCVolumeSource extends Infer<typeof FCVolumeSource> {}

export const FlexVolumeSource = message('io.k8s.api.core.v1.FlexVolumeSource', {
  driver: required(1, string),
  fsType: optional(2, string),
  secretRef: optional(3, LocalObjectReference),
  readOnly: optional(4, boolean),
  options: optional(5, mapOf(string)),
});
export interface FlexVolumeSource extends Infer<typeof FlexVolumeSource> {}

export const FlockerVolumeSource = message('io.k8s.api.core.v1.FlockerVolumeSource', {
  datasetName: optional(1, string),
  datasetUUID: optional(2, string),
});
export interface FlockerVolumeSource extends Infer<typeof FlockerVolumeSource> {}

export const GCEPersistentDiskVolumeSource = message('io.k8s.api.core.v1.GCEPersistentDiskVolumeSource', {
  pdName: required(1, string),
  fsType: optional(2, string),
  partition: optional(3, int32),
  readOnly: optional(4, boolean),
});
export interface GCEPersistentDiskVolumeSource extends Infer<typeof GCEPersistentDiskVolumeSource> {}

export const GitRepoVolumeSource = message('io.k8s.api.core.v1.GitRepoVolumeSource', {
  repository: required(1, string),
  revision: optional(2, string),
  directory: optional(3, string),
});
export interface GitRepoVolumeSource extends Infer<typeof GitRepoVolumeSource> {}

export const GlusterfsVolumeSource = message('io.k8s.api.core.v1.GlusterfsVolumeSource', {
  endpoints: required(1, string),
  path: required(2, string),
  readOnly: optional(3, boolean),
});
export interface GlusterfsVolumeSource extends Infer<typeof GlusterfsVolumeSource> {}

export const HostPathVolumeSource = message('io.k8s.api.core.v1.HostPathVolumeSource', {
  path: required(1, string),
  type: optional(
    2,
    oneOf('', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'),
  ),
});
export interface HostPathVolumeSource extends Infer<typeof HostPathVolumeSource> {}

export const ISCSIVolumeSource = message('io.k8s.api.core.v1.ISCSIVolumeSource', {
  targetPortal: required(1, string),
  iqn: required(2, string),
  lun: required(3, int32),
  iscsiInterface: optional(4, string),
  fsType: optional(5, string),
  readOnly: optional(6, boolean),
  portals: optional(7, list(string)),
  chapAuthDiscovery: optional(8, boolean),
  chapAuthSession: optional(11, boolean),
  secretRef: optional(10, LocalObjectReference),
  initiatorName: optional(12, string),
});
export interface ISCSIVolumeSource extends Infer<typeof ISCSIVolumeSource> {}

export const ImageVolumeSource = message('io.k8s.api.core.v1.ImageVolumeSource', {
  reference: optional(1, string),
  pullPolicy: optional(2, oneOf('Always', 'IfNotPresent', 'Never')),
});
export interface ImageVolumeSource extends Infer<typeof ImageVolumeSource> {}

export const NFSVolumeSource = message('io.k8s.api.core.v1.NFSVolumeSource', {
  server: required(1, string),
  path: required(2, string),
  readOnly: optional(3, boolean),
});
export interface NFSVolumeSource extends Infer<typeof NFSVolumeSource> {}

export const PersistentVolumeClaimVolumeSource = message('io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource', {
  claimName: required(1, string),
  readOnly: optional(2, boolean),
});
export interface PersistentVolumeClaimVolumeSource extends Infer<typeof PersistentVolumeClaimVolumeSource> {}

export const PhotonPersistentDiskVolumeSource = message('io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource', {
  pdID: required(1, string),
  fsType: optional(2, string),
});
export interface PhotonPersistentDiskVolumeSource extends Infer<typeof PhotonPersistentDiskVolumeSource> {}

export const PodCertificateProjection = message('io.k8s.api.core.v1.PodCertificateProjection', {
  signerName: required(1, string),
  keyType: required(2, string),
  maxExpirationSeconds: optional(3, int32),
  credentialBundlePath: optional(4, string),
  keyPath: optional(5, string),
  certificateChainPath: optional(6, string),
  userAnnotations: optional(7, mapOf(string)),
});
export interface PodCertificateProjection extends Infer<typeof PodCertificateProjection> {}

export const PortworxVolumeSource = message('io.k8s.api.core.v1.PortworxVolumeSource', {
  volumeID: required(1, string),
  fsType: optional(2, string),
  readOnly: optional(3, boolean),
});
export interface PortworxVolumeSource extends Infer<typeof PortworxVolumeSource> {}

export const SecretProjection = message('io.k8s.api.core.v1.SecretProjection', {
  localObjectReference: inline(1, LocalObjectReference),
  items: optional(2, list(KeyToPath)),
  optional: optional(4, boolean),
});
export interface SecretProjection extends Infer<typeof SecretProjection> {}

export const ServiceAccountTokenProjection = message('io.k8s.api.core.v1.ServiceAccountTokenProjection', {
  audience: optional(1, string),
  expirationSeconds: optional(2, int64),
  path: required(3, string),
});
export interface ServiceAccountTokenProjection extends Infer<typeof ServiceAccountTokenProjection> {}

export const VolumeProjection = message('io.k8s.api.core.v1.VolumeProjection', {
  secret: optional(1, SecretProjection),
  downwardAPI: optional(2, DownwardAPIProjection),
  configMap: optional(3, ConfigMapProjection),
  serviceAccountToken: optional(4, ServiceAccountTokenProjection),
  clusterTrustBundle: optional(5, ClusterTrustBundleProjection),
  podCertificate: optional(6, PodCertificateProjection),
});
export interface VolumeProjection extends Infer<typeof VolumeProjection> {}

export const ProjectedVolumeSource = message('io.k8s.api.core.v1.ProjectedVolumeSource', {
  sources: optional(1, list(VolumeProjection)),
  defaultMode: optional(2, int32),
});
export interface ProjectedVolumeSource extends Infer<typeof ProjectedVolumeSource> {}

export const QuobyteVolumeSource = message('io.k8s.api.core.v1.QuobyteVolumeSource', {
  registry: required(1, string),
  volume: required(2, string),
  readOnly: optional(3, boolean),
  user: optional(4, string),
  group: optional(5, string),
  tenant: optional(6, string),
});
export interface QuobyteVolumeSource extends Infer<typeof QuobyteVolumeSource> {}

export const RBDVolumeSource = message('io.k8s.api.core.v1.RBDVolumeSource', {
  monitors: required(1, list(string)),
  image: required(2, string),
  fsType: optional(3, string),
  pool: optional(4, string),
  user: optional(5, string),
  keyring: optional(6, string),
  secretRef: optional(7, LocalObjectReference),
  readOnly: optional(8, boolean),
});
export interface RBDVolumeSource extends Infer<typeof RBDVolumeSource> {}

export const ScaleIOVolumeSource = message('io.k8s.api.core.v1.ScaleIOVolumeSource', {
  gateway: required(1, string),
  system: required(2, string),
  secretRef: required(3, LocalObjectReference),
  sslEnabled: optional(4, boolean),
  protectionDomain: optional(5, string),
  storagePool: optional(6, string),
  storageMode: optional(7, string),
  volumeName: optional(8, string),
  fsType: optional(9, string),
  readOnly: optional(10, boolean),
});
export interface ScaleIOVolumeSource extends Infer<typeof ScaleIOVolumeSource> {}

export const SecretVolumeSource = message('io.k8s.api.core.v1.SecretVolumeSource', {
  secretName: optional(1, string),
  items: optional(2, list(KeyToPath)),
  defaultMode: optional(3, int32),
  optional: optional(4, boolean),
});
export interface SecretVolumeSource extends Infer<typeof SecretVolumeSource> {}

export const StorageOSVolumeSource = message('io.k8s.api.core.v1.StorageOSVolumeSource', {
  volumeName: optional(1, string),
  volumeNamespace: optional(2, string),
  fsType: optional(3, string),
  readOnly: optional(4, boolean),
  secretRef: optional(5, LocalObjectReference),
});
export interface StorageOSVolumeSource extends Infer<typeof StorageOSVolumeSource> {}

export const VsphereVirtualDiskVolumeSource = message('io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource', {
  volumePath: required(1, string),
  fsType: optional(2, string),
  storagePolicyName: optional(3, string),
  storagePolicyID: optional(4, string),
});
export interface VsphereVirtualDiskVolumeSource extends Infer<typeof VsphereVirtualDiskVolumeSource> {}

export const VolumeSource = message('io.k8s.api.core.v1.VolumeSource', {
  hostPath: optional(1, HostPathVolumeSource),
  emptyDir: optional(2, EmptyDirVolumeSource),
  gcePersistentDisk: optional(3, GCEPersistentDiskVolumeSource),
  awsElasticBlockStore: optional(4, AWSElasticBlockStoreVolumeSource),
  gitRepo: optional(5, GitRepoVolumeSource),
  secret: optional(6, SecretVolumeSource),
  nfs: optional(7, NFSVolumeSource),
  iscsi: optional(8, ISCSIVolumeSource),
  glusterfs: optional(9, GlusterfsVolumeSource),
  persistentVolumeClaim: optional(10, PersistentVolumeClaimVolumeSource),
  rbd: optional(11, RBDVolumeSource),
  flexVolume: optional(12, FlexVolumeSource),
  cinder: optional(13, CinderVolumeSource),
  cephfs: optional(14, CephFSVolumeSource),
  flocker: optional(15, FlockerVolumeSource),
  downwardAPI: optional(16, DownwardAPIVolumeSource),
  fc: optional(17, FCVolumeSource),
  azureFile: optional(18, AzureFileVolumeSource),
  configMap: optional(19, ConfigMapVolumeSource),
  vsphereVolume: optional(20, VsphereVirtualDiskVolumeSource),
  quobyte: optional(21, QuobyteVolumeSource),
  azureDisk: optional(22, AzureDiskVolumeSource),
  photonPersistentDisk: optional(23, PhotonPersistentDiskVolumeSource),
  projected: optional(26, ProjectedVolumeSource),
  portworxVolume: optional(24, PortworxVolumeSource),
  scaleIO: optional(25, ScaleIOVolumeSource),
  storageos: optional(27, StorageOSVolumeSource),
  csi: optional(28, CSIVolumeSource),
  ephemeral: optional(29, EphemeralVolumeSource),
  image: optional(30, ImageVolumeSource),
});
export interface VolumeSource extends Infer<typeof VolumeSource> {}

export const Volume = message('io.k8s.api.core.v1.Volume', {
  name: required(1, string),
  volumeSource: inline(2, VolumeSource),
});
export interface Volume extends Infer<typeof Volume> {}
