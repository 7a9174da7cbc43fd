import type { PolicyRule } from '../../../api/rbac/shared.schema.ts';
import { read, readWrite, rule, write } from './rule.ts';

const label = (role: string): string => `rbac.authorization.k8s.io/aggregate-to-${role}`;

/** A role for people: what it gives by itself, and which roles' rules are added to it by label. */
export interface UserRole {
  readonly name: 'admin' | 'edit' | 'view';
  readonly aggregatesInto: string | undefined;
  readonly rules: readonly PolicyRule[];
}

/** The label that makes a ClusterRole a part of `admin`, `edit` or `view`. */
export const aggregationLabel = label;

const workloads =
  'controllerrevisions daemonsets deployments deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale';
const changeableWorkloads = workloads
  .replace('controllerrevisions ', '')
  .replace('deployments/scale', 'deployments/rollback deployments/scale');
const withStatus = 'daemonsets/status deployments/status replicasets/status statefulsets/status';

const viewRules: readonly PolicyRule[] = [
  rule(
    read,
    'core',
    'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
  ),
  rule(
    read,
    'core',
    'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
  ),
  // Inside a namespace this says that one may see the namespace itself.
  rule(read, 'core', 'namespaces'),
  rule(read, 'discovery.k8s.io', 'endpointslices'),
  rule(read, 'apps', `${workloads} ${withStatus}`),
  rule(read, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
  rule(read, 'batch', 'cronjobs cronjobs/status jobs jobs/status'),
  rule(read, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
  rule(read, 'networking.k8s.io', 'ingresses ingresses/status networkpolicies'),
  rule(read, 'resource.k8s.io', 'resourceclaims resourceclaims/status resourceclaimtemplates'),
];

const editRules: readonly PolicyRule[] = [
  // Reading these is as good as acting through them, so `view` does not have it.
  rule(read, 'core', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy'),
  rule('impersonate', 'core', 'serviceaccounts'),
  rule(write, 'core', 'pods pods/attach pods/exec pods/portforward pods/proxy'),
  rule('create', 'core', 'pods/eviction'),
  rule(
    write,
    'core',
    'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
  ),
  rule('create', 'core', 'serviceaccounts/token'),
  rule(write, 'apps', changeableWorkloads),
  rule(write, 'autoscaling', 'horizontalpodautoscalers'),
  rule(write, 'batch', 'cronjobs jobs'),
  rule(write, 'policy', 'poddisruptionbudgets'),
  rule(write, 'networking.k8s.io', 'ingresses networkpolicies'),
  rule(readWrite, 'coordination.k8s.io', 'leases'),
  rule(write, 'resource.k8s.io', 'resourceclaims resourceclaimtemplates'),
];

const adminRules: readonly PolicyRule[] = [
  rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
  rule(readWrite, 'rbac.authorization.k8s.io', 'rolebindings roles'),
];

/** `view` is part of `edit`, `edit` of `admin`. */
export const userRoles: readonly UserRole[] = [
  { name: 'view', aggregatesInto: label('edit'), rules: viewRules },
  { name: 'edit', aggregatesInto: label('admin'), rules: editRules },
  { name: 'admin', aggregatesInto: undefined, rules: adminRules },
];
