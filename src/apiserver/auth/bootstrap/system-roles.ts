import type { PolicyRule } from '../../../api/rbac/shared.schema.ts';
import { namedRule, pathRule, read, rule, writeEvents } from './rule.ts';

/** Who gets a role, where the role is bound at all: user names and groups. */
export interface SystemRole {
  readonly rules: readonly PolicyRule[];
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
}

const everybody = ['system:authenticated', 'system:unauthenticated'];
const leases = (name: string): readonly PolicyRule[] => [
  rule('create', 'coordination.k8s.io', 'leases'),
  namedRule('get update', 'coordination.k8s.io', 'leases', name),
];

/** For the delegation of decisions by other servers and for monitoring; bound to nobody unless said. */
const delegationRoles: Readonly<Record<string, SystemRole>> = {
  'system:auth-delegator': {
    rules: [
      rule('create', 'authentication.k8s.io', 'tokenreviews'),
      rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    ],
  },
  'system:monitoring': {
    rules: [
      pathRule(
        'get',
        '/healthz',
        '/healthz/*',
        '/livez',
        '/livez/*',
        '/metrics',
        '/metrics/slis',
        '/readyz',
        '/readyz/*',
      ),
    ],
    groups: ['system:monitoring'],
  },
  'system:kubelet-api-admin': {
    rules: [
      rule('get list watch proxy', 'core', 'nodes'),
      rule('*', 'core', 'nodes/configz nodes/healthz nodes/log nodes/metrics nodes/pods nodes/proxy nodes/stats'),
    ],
    users: ['kube-apiserver-kubelet-client'],
  },
  'system:service-account-issuer-discovery': {
    rules: [
      pathRule(
        'get',
        '/.well-known/openid-configuration',
        '/.well-known/openid-configuration/',
        '/openid/v1/jwks',
        '/openid/v1/jwks/',
      ),
    ],
    groups: ['system:serviceaccounts'],
  },
  'system:persistent-volume-provisioner': {
    rules: [
      rule('create delete get list watch', 'core', 'persistentvolumes'),
      rule('get list update watch', 'core', 'persistentvolumeclaims'),
      rule(read, 'storage.k8s.io', 'storageclasses'),
      rule('watch', 'core', 'events'),
      writeEvents,
    ],
  },
};

const componentRoles: Readonly<Record<string, SystemRole>> = {
  'system:node-proxier': {
    rules: [
      rule('list watch', 'core', 'endpoints services'),
      rule(read, 'core', 'nodes'),
      rule('list watch', 'discovery.k8s.io', 'endpointslices'),
      rule('list watch', 'networking.k8s.io', 'servicecidrs'),
      writeEvents,
    ],
    users: ['system:kube-proxy'],
  },
  'system:kube-dns': {
    rules: [rule('list watch', 'core', 'endpoints services')],
  },
  // Host ports are the Service proxy's here, and those are in the pods.
  'cox:host-ports': {
    rules: [rule('list watch', 'core', 'pods')],
    users: ['system:kube-proxy'],
  },
  'cox:dns': {
    rules: [rule(read, 'core', 'namespaces pods services'), rule(read, 'discovery.k8s.io', 'endpointslices')],
    users: ['cox:dns'],
  },
  'cox:ingress': {
    rules: [
      rule(read, 'networking.k8s.io', 'ingressclasses ingresses'),
      rule(read, 'core', 'configmaps endpoints namespaces nodes pods secrets services'),
      rule(read, 'discovery.k8s.io', 'endpointslices'),
      rule('get patch update', 'networking.k8s.io', 'ingresses/status'),
      rule('create delete get list patch update watch', 'coordination.k8s.io', 'leases'),
      writeEvents,
      // It says of no problem twice, not even after a restart.
      rule('list', 'core', 'events'),
    ],
    users: ['cox:ingress'],
  },
  'system:kube-scheduler': {
    rules: [
      writeEvents,
      ...leases('kube-scheduler'),
      rule(read, 'core', 'namespaces nodes persistentvolumeclaims persistentvolumes replicationcontrollers services'),
      rule('delete get list watch', 'core', 'pods'),
      rule('create', 'core', 'bindings pods/binding'),
      rule('patch update', 'core', 'pods/status'),
      rule('patch update', 'core', 'persistentvolumeclaims persistentvolumes'),
      rule(read, 'apps', 'replicasets statefulsets'),
      rule(read, 'policy', 'poddisruptionbudgets'),
      rule(read, 'storage.k8s.io', 'csidrivers csinodes csistoragecapacities storageclasses volumeattachments'),
      rule(read, 'scheduling.k8s.io', 'priorityclasses'),
      rule('create', 'authentication.k8s.io', 'tokenreviews'),
      rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    ],
    users: ['system:kube-scheduler'],
  },
  'system:kube-controller-manager': {
    rules: [
      writeEvents,
      ...leases('kube-controller-manager'),
      rule('create', 'core', 'secrets serviceaccounts serviceaccounts/token'),
      rule('delete', 'core', 'secrets'),
      rule('get', 'core', 'configmaps namespaces secrets serviceaccounts'),
      rule('update', 'core', 'secrets serviceaccounts'),
      rule('create', 'authentication.k8s.io', 'tokenreviews'),
      rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
      rule('list watch', '*', '*'),
    ],
    users: ['system:kube-controller-manager'],
  },
};

/** ClusterRoles other than those for people and for single controllers, with their default bindings. */
export const systemRoles: Readonly<Record<string, SystemRole>> = {
  'cluster-admin': { rules: [rule('*', '*', '*'), pathRule('*', '*')], groups: ['system:masters'] },
  'system:discovery': {
    rules: [
      pathRule(
        'get',
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ),
    ],
    groups: ['system:authenticated'],
  },
  'system:public-info-viewer': {
    rules: [pathRule('get', '/healthz', '/livez', '/readyz', '/version', '/version/')],
    groups: everybody,
  },
  'system:basic-user': {
    rules: [
      rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
      rule('create', 'authentication.k8s.io', 'selfsubjectreviews'),
    ],
    groups: ['system:authenticated'],
  },
  ...delegationRoles,
  ...componentRoles,
};

/** What every node may do; what concerns objects of its own pods is decided by the node authorizer. */
export const nodeRules: readonly PolicyRule[] = [
  rule('create', 'authentication.k8s.io', 'tokenreviews'),
  rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews'),
  rule(read, 'core', 'services'),
  rule('create get list watch', 'core', 'nodes'),
  rule('patch update', 'core', 'nodes nodes/status'),
  writeEvents,
  rule('create delete get list watch', 'core', 'pods'),
  rule('patch update', 'core', 'pods/status'),
  rule('create', 'core', 'pods/eviction'),
  rule('create get list watch', 'certificates.k8s.io', 'certificatesigningrequests'),
  rule(read, 'storage.k8s.io', 'csidrivers'),
  rule(read, 'node.k8s.io', 'runtimeclasses'),
];
