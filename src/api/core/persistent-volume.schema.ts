import { ObjectReference, SecretReference } from './reference.schema.ts';
import { NodeSelector } from './scheduling.schema.ts';
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  FCVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  HostPathVolumeSource,
  NFSVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  QuobyteVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from './volume.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import {
  boolean,
  inline,
  int32,
  list,
  mapOf,
  message,
  oneOf,
  optional,
  present,
  quantity,
  required,
  string,
  time,
} from '../schema.ts';

export const AzureFilePersistentVolumeSource = message('io.k8s.api.core.v1.AzureFilePersistentVolumeSource', {
  secretName: required(1, string),
  shareName: required(2, string),
  readOnly: optional(3, boolean),
  secretNamespace: optional(4, string),
});
export interface AzureFilePersistentVolumeSource extends Infer<typeof AzureFilePersistentVolumeSource> {}

export const CSIPersistentVolumeSource = message('io.k8s.api.core.v1.CSIPersistentVolumeSource', {
  driver: required(1, string),
  volumeHandle: required(2, string),
  readOnly: optional(3, boolean),
  fsType: optional(4, string),
  volumeAttributes: optional(5, mapOf(string)),
  controllerPublishSecretRef: optional(6, SecretReference),
  nodeStageSecretRef: optional(7, SecretReference),
  nodePublishSecretRef: optional(8, SecretReference),
  controllerExpandSecretRef: optional(9, SecretReference),
  nodeExpandSecretRef: optional(10, SecretReference),
});
export interface CSIPersistentVolumeSource extends Infer<typeof CSIPersistentVolumeSource> {}

export const CephFSPersistentVolumeSource = message('io.k8s.api.core.v1.CephFSPersistentVolumeSource', {
  monitors: required(1, list(string)),
  path: optional(2, string),
  user: optional(3, string),
  secretFile: optional(4, string),
  secretRef: optional(5, SecretReference),
  readOnly: optional(6, boolean),
});
export interface CephFSPersistentVolumeSource extends Infer<typeof CephFSPersistentVolumeSource> {}

export const CinderPersistentVolumeSource = message('io.k8s.api.core.v1.CinderPersistentVolumeSource', {
  volumeID: required(1, string),
  fsType: optional(2, string),
  readOnly: optional(3, boolean),
  secretRef: optional(4, SecretReference),
});
export interface CinderPersistentVolumeSource extends Infer<typeof CinderPersistentVolumeSource> {}

export const FlexPersistentVolumeSource = message('io.k8s.api.core.v1.FlexPersistentVolumeSource', {
  driver: required(1, string),
  fsType: optional(2, string),
  secretRef: optional(3, SecretReference),
  readOnly: optional(4, boolean),
  options: optional(5, mapOf(string)),
});
export interface FlexPersistentVolumeSource extends Infer<typeof FlexPersistentVolumeSource> {}

export const GlusterfsPersistentVolumeSource = message('io.k8s.api.core.v1.GlusterfsPersistentVolumeSource', {
  endpoints: required(1, string),
  path: required(2, string),
  readOnly: optional(3, boolean),
  endpointsNamespace: optional(4, string),
});
export interface GlusterfsPersistentVolumeSource extends Infer<typeof GlusterfsPersistentVolumeSource> {}

export const ISCSIPersistentVolumeSource = message('io.k8s.api.core.v1.ISCSIPersistentVolumeSource', {
  targetPortal: required(1, string),
  iqn: required(2, string),
  lun: required(3, int32),
  iscsiInterface: optional(4, string),
  fsType: optional(5, string),
  readOnly: optional(6, boolean),
  portals: optional(7, list(string)),
  chapAuthDiscovery: optional(8, boolean),
  chapAuthSession: optional(11, boolean),
  secretRef: optional(10, SecretReference),
  initiatorName: optional(12, string),
});
export interface ISCSIPersistentVolumeSource extends Infer<typeof ISCSIPersistentVolumeSource> {}

export const LocalVolumeSource = message('io.k8s.api.core.v1.LocalVolumeSource', {
  path: required(1, string),
  fsType: optional(2, string),
});
export interface LocalVolumeSource extends Infer<typeof LocalVolumeSource> {}

export const RBDPersistentVolumeSource = message('io.k8s.api.core.v1.RBDPersistentVolumeSource', {
  monitors: required(1, list(string)),
  image: required(2, string),
  fsType: optional(3, string),
  pool: optional(4, string),
  user: optional(5, string),
  keyring: optional(6, string),
  secretRef: optional(7, SecretReference),
  readOnly: optional(8, boolean),
});
export interface RBDPersistentVolumeSource extends Infer<typeof RBDPersistentVolumeSource> {}

export const ScaleIOPersistentVolumeSource = message('io.k8s.api.core.v1.ScaleIOPersistentVolumeSource', {
  gateway: required(1, string),
  system: required(2, string),
  secretRef: required(3, SecretReference),
  sslEnabled: optional(4, boolean),
  protectionDomain: optional(5, string),
  storagePool: optional(6, string),
  storageMode: optional(7, string),
  volumeName: optional(8, string),
  fsType: optional(9, string),
  readOnly: optional(10, boolean),
});
export interface ScaleIOPersistentVolumeSource extends Infer<typeof ScaleIOPersistentVolumeSource> {}

export const StorageOSPersistentVolumeSource = message('io.k8s.api.core.v1.StorageOSPersistentVolumeSource', {
  volumeName: optional(1, string),
  volumeNamespace: optional(2, string),
  fsType: optional(3, string),
  readOnly: optional(4, boolean),
  secretRef: optional(5, ObjectReference),
});
export interface StorageOSPersistentVolumeSource extends Infer<typeof StorageOSPersistentVolumeSource> {}

export const PersistentVolumeSource = message('io.k8s.api.core.v1.PersistentVolumeSource', {
  gcePersistentDisk: optional(1, GCEPersistentDiskVolumeSource),
  awsElasticBlockStore: optional(2, AWSElasticBlockStoreVolumeSource),
  hostPath: optional(3, HostPathVolumeSource),
  glusterfs: optional(4, GlusterfsPersistentVolumeSource),
  nfs: optional(5, NFSVolumeSource),
  rbd: optional(6, RBDPersistentVolumeSource),
  iscsi: optional(7, ISCSIPersistentVolumeSource),
  cinder: optional(8, CinderPersistentVolumeSource),
  cephfs: optional(9, CephFSPersistentVolumeSource),
  fc: optional(10, FCVolumeSource),
  flocker: optional(11, FlockerVolumeSource),
  flexVolume: optional(12, FlexPersistentVolumeSource),
  azureFile: optional(13, AzureFilePersistentVolumeSource),
  vsphereVolume: optional(14, VsphereVirtualDiskVolumeSource),
  quobyte: optional(15, QuobyteVolumeSource),
  azureDisk: optional(16, AzureDiskVolumeSource),
  photonPersistentDisk: optional(17, PhotonPersistentDiskVolumeSource),
  portworxVolume: optional(18, PortworxVolumeSource),
  scaleIO: optional(19, ScaleIOPersistentVolumeSource),
  local: optional(20, LocalVolumeSource),
  storageos: optional(21, StorageOSPersistentVolumeSource),
  csi: optional(22, CSIPersistentVolumeSource),
});
export interface PersistentVolumeSource extends Infer<typeof PersistentVolumeSource> {}

export const VolumeNodeAffinity = message('io.k8s.api.core.v1.VolumeNodeAffinity', {
  required: optional(1, NodeSelector),
});
export interface VolumeNodeAffinity extends Infer<typeof VolumeNodeAffinity> {}

export const PersistentVolumeSpec = message('io.k8s.api.core.v1.PersistentVolumeSpec', {
  capacity: optional(1, mapOf(quantity)),
  persistentVolumeSource: inline(2, PersistentVolumeSource),
  accessModes: optional(3, list(oneOf('ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'))),
  claimRef: optional(4, ObjectReference),
  persistentVolumeReclaimPolicy: optional(5, oneOf('Delete', 'Recycle', 'Retain')),
  storageClassName: optional(6, string),
  mountOptions: optional(7, list(string)),
  volumeMode: optional(8, oneOf('Block', 'Filesystem')),
  nodeAffinity: optional(9, VolumeNodeAffinity),
  volumeAttributesClassName: optional(10, string),
});
export interface PersistentVolumeSpec extends Infer<typeof PersistentVolumeSpec> {}

export const PersistentVolumeStatus = message('io.k8s.api.core.v1.PersistentVolumeStatus', {
  phase: optional(1, oneOf('Available', 'Bound', 'Failed', 'Pending', 'Released')),
  message: optional(2, string),
  reason: optional(3, string),
  lastPhaseTransitionTime: optional(4, time),
});
export interface PersistentVolumeStatus extends Infer<typeof PersistentVolumeStatus> {}

export const PersistentVolume = clusterObject('io.k8s.api.core.v1.PersistentVolume', {
  spec: present(2, PersistentVolumeSpec),
  status: present(3, PersistentVolumeStatus),
});
export interface PersistentVolume extends Infer<typeof PersistentVolume> {}
