import type { ControllerRevision } from './apps/controller-revision.schema.ts';
import type { DaemonSet } from './apps/daemon-set.schema.ts';
import type { Deployment } from './apps/deployment.schema.ts';
import type { ReplicaSet } from './apps/replica-set.schema.ts';
import type { StatefulSet } from './apps/stateful-set.schema.ts';
import type { TokenReview } from './authentication/token-review.schema.ts';
import type { SubjectAccessReview } from './authorization/subject-access-review.schema.ts';
import type { HorizontalPodAutoscaler } from './autoscaling/horizontal-pod-autoscaler.schema.ts';
import type { CronJob } from './batch/cron-job.schema.ts';
import type { Job } from './batch/job.schema.ts';
import type { CertificateSigningRequest } from './certificates/certificate-signing-request.schema.ts';
import type { Lease } from './coordination/lease.schema.ts';
import type { ConfigMap } from './core/config-map.schema.ts';
import type { Endpoints } from './core/endpoints.schema.ts';
import type { Event } from './core/event.schema.ts';
import type { LimitRange } from './core/limit-range.schema.ts';
import type { Namespace } from './core/namespace.schema.ts';
import type { Node } from './core/node.schema.ts';
import type { PersistentVolume } from './core/persistent-volume.schema.ts';
import type { PersistentVolumeClaim } from './core/persistent-volume-claim.schema.ts';
import type { Pod } from './core/pod.schema.ts';
import type { PodTemplate } from './core/pod-template.schema.ts';
import type { ReplicationController } from './core/replication-controller.schema.ts';
import type { ResourceQuota } from './core/resource-quota.schema.ts';
import type { Secret } from './core/secret.schema.ts';
import type { Service } from './core/service.schema.ts';
import type { ServiceAccount } from './core/service-account.schema.ts';
import type { EndpointSlice } from './discovery/endpoint-slice.schema.ts';
import type { Ingress } from './networking/ingress.schema.ts';
import type { IngressClass } from './networking/ingress-class.schema.ts';
import type { IPAddress } from './networking/ip-address.schema.ts';
import type { NetworkPolicy } from './networking/network-policy.schema.ts';
import type { ServiceCIDR } from './networking/service-cidr.schema.ts';
import type { RuntimeClass } from './node/runtime-class.schema.ts';
import type { PodDisruptionBudget } from './policy/pod-disruption-budget.schema.ts';
import type { ClusterRole } from './rbac/cluster-role.schema.ts';
import type { ClusterRoleBinding } from './rbac/cluster-role-binding.schema.ts';
import type { Role } from './rbac/role.schema.ts';
import type { RoleBinding } from './rbac/role-binding.schema.ts';
import type { PriorityClass } from './scheduling/priority-class.schema.ts';
import type { CSIDriver } from './storage/csi-driver.schema.ts';
import type { CSINode } from './storage/csi-node.schema.ts';
import type { StorageClass } from './storage/storage-class.schema.ts';
import type { VolumeAttachment } from './storage/volume-attachment.schema.ts';
import type { KubeObject } from './object.ts';

declare const typed: unique symbol;

/** The address of a kind's objects: all that a client needs to know, without schema or validation. */
export interface Resource<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly [typed]?: T;
}

/** A handle on the objects of a kind. */
export function resource<T extends KubeObject>(
  group: string,
  version: string,
  plural: string,
  kind: string,
  namespaced: boolean,
): Resource<T> {
  return { group, version, plural, kind, namespaced };
}

/** `v1` or `apps/v1`, as objects carry it. */
export function apiVersionOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

export const controllerRevisions: Resource<ControllerRevision> = resource(
  'apps',
  'v1',
  'controllerrevisions',
  'ControllerRevision',
  true,
);
export const daemonSets: Resource<DaemonSet> = resource('apps', 'v1', 'daemonsets', 'DaemonSet', true);
export const deployments: Resource<Deployment> = resource('apps', 'v1', 'deployments', 'Deployment', true);
export const replicaSets: Resource<ReplicaSet> = resource('apps', 'v1', 'replicasets', 'ReplicaSet', true);
export const statefulSets: Resource<StatefulSet> = resource('apps', 'v1', 'statefulsets', 'StatefulSet', true);
export const tokenReviews: Resource<TokenReview> = resource(
  'authentication.k8s.io',
  'v1',
  'tokenreviews',
  'TokenReview',
  false,
);
export const subjectAccessReviews: Resource<SubjectAccessReview> = resource(
  'authorization.k8s.io',
  'v1',
  'subjectaccessreviews',
  'SubjectAccessReview',
  false,
);
export const horizontalPodAutoscalers: Resource<HorizontalPodAutoscaler> = resource(
  'autoscaling',
  'v2',
  'horizontalpodautoscalers',
  'HorizontalPodAutoscaler',
  true,
);
export const cronJobs: Resource<CronJob> = resource('batch', 'v1', 'cronjobs', 'CronJob', true);
export const jobs: Resource<Job> = resource('batch', 'v1', 'jobs', 'Job', true);
export const certificateSigningRequests: Resource<CertificateSigningRequest> = resource(
  'certificates.k8s.io',
  'v1',
  'certificatesigningrequests',
  'CertificateSigningRequest',
  false,
);
export const leases: Resource<Lease> = resource('coordination.k8s.io', 'v1', 'leases', 'Lease', true);
export const configMaps: Resource<ConfigMap> = resource('', 'v1', 'configmaps', 'ConfigMap', true);
export const endpoints: Resource<Endpoints> = resource('', 'v1', 'endpoints', 'Endpoints', true);
export const events: Resource<Event> = resource('', 'v1', 'events', 'Event', true);
export const limitRanges: Resource<LimitRange> = resource('', 'v1', 'limitranges', 'LimitRange', true);
export const namespaces: Resource<Namespace> = resource('', 'v1', 'namespaces', 'Namespace', false);
export const nodes: Resource<Node> = resource('', 'v1', 'nodes', 'Node', false);
export const persistentVolumes: Resource<PersistentVolume> = resource(
  '',
  'v1',
  'persistentvolumes',
  'PersistentVolume',
  false,
);
export const persistentVolumeClaims: Resource<PersistentVolumeClaim> = resource(
  '',
  'v1',
  'persistentvolumeclaims',
  'PersistentVolumeClaim',
  true,
);
export const pods: Resource<Pod> = resource('', 'v1', 'pods', 'Pod', true);
export const podTemplates: Resource<PodTemplate> = resource('', 'v1', 'podtemplates', 'PodTemplate', true);
export const replicationControllers: Resource<ReplicationController> = resource(
  '',
  'v1',
  'replicationcontrollers',
  'ReplicationController',
  true,
);
export const resourceQuotas: Resource<ResourceQuota> = resource('', 'v1', 'resourcequotas', 'ResourceQuota', true);
export const secrets: Resource<Secret> = resource('', 'v1', 'secrets', 'Secret', true);
export const services: Resource<Service> = resource('', 'v1', 'services', 'Service', true);
export const serviceAccounts: Resource<ServiceAccount> = resource('', 'v1', 'serviceaccounts', 'ServiceAccount', true);
export const endpointSlices: Resource<EndpointSlice> = resource(
  'discovery.k8s.io',
  'v1',
  'endpointslices',
  'EndpointSlice',
  true,
);
export const ingresses: Resource<Ingress> = resource('networking.k8s.io', 'v1', 'ingresses', 'Ingress', true);
export const ingressClasses: Resource<IngressClass> = resource(
  'networking.k8s.io',
  'v1',
  'ingressclasses',
  'IngressClass',
  false,
);
export const ipAddresses: Resource<IPAddress> = resource('networking.k8s.io', 'v1', 'ipaddresses', 'IPAddress', false);
export const networkPolicies: Resource<NetworkPolicy> = resource(
  'networking.k8s.io',
  'v1',
  'networkpolicies',
  'NetworkPolicy',
  true,
);
export const serviceCidrs: Resource<ServiceCIDR> = resource(
  'networking.k8s.io',
  'v1',
  'servicecidrs',
  'ServiceCIDR',
  false,
);
export const runtimeClasses: Resource<RuntimeClass> = resource(
  'node.k8s.io',
  'v1',
  'runtimeclasses',
  'RuntimeClass',
  false,
);
export const podDisruptionBudgets: Resource<PodDisruptionBudget> = resource(
  'policy',
  'v1',
  'poddisruptionbudgets',
  'PodDisruptionBudget',
  true,
);
export const clusterRoles: Resource<ClusterRole> = resource(
  'rbac.authorization.k8s.io',
  'v1',
  'clusterroles',
  'ClusterRole',
  false,
);
export const clusterRoleBindings: Resource<ClusterRoleBinding> = resource(
  'rbac.authorization.k8s.io',
  'v1',
  'clusterrolebindings',
  'ClusterRoleBinding',
  false,
);
export const roles: Resource<Role> = resource('rbac.authorization.k8s.io', 'v1', 'roles', 'Role', true);
export const roleBindings: Resource<RoleBinding> = resource(
  'rbac.authorization.k8s.io',
  'v1',
  'rolebindings',
  'RoleBinding',
  true,
);
export const priorityClasses: Resource<PriorityClass> = resource(
  'scheduling.k8s.io',
  'v1',
  'priorityclasses',
  'PriorityClass',
  false,
);
export const csiDrivers: Resource<CSIDriver> = resource('storage.k8s.io', 'v1', 'csidrivers', 'CSIDriver', false);
export const csiNodes: Resource<CSINode> = resource('storage.k8s.io', 'v1', 'csinodes', 'CSINode', false);
export const storageClasses: Resource<StorageClass> = resource(
  'storage.k8s.io',
  'v1',
  'storageclasses',
  'StorageClass',
  false,
);
export const volumeAttachments: Resource<VolumeAttachment> = resource(
  'storage.k8s.io',
  'v1',
  'volumeattachments',
  'VolumeAttachment',
  false,
);
