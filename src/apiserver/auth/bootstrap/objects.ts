import type { KubeObject, Unsaved } from '../../../api/object.ts';
import type { PolicyRule } from '../../../api/rbac/shared.schema.ts';
import { controllerRules } from './controller-roles.ts';
import { namedRule, read, rule, writeEvents } from './rule.ts';
import { nodeRules, systemRoles } from './system-roles.ts';
import { aggregationLabel, userRoles } from './user-roles.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';
/** All controllers of this cluster speak as one user. */
const controllerManager = 'system:kube-controller-manager';

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}
type Source = Metadata & Record<string, unknown>;

function object(kind: string, { name, namespace, labels, ...fields }: Source): Unsaved<KubeObject> {
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    },
    ...fields,
  };
}

const clusterRole = (name: string, rules: readonly PolicyRule[]): Unsaved<KubeObject> =>
  object('ClusterRole', { name, rules });
const user = (name: string) => ({ kind: 'User', apiGroup, name });
const group = (name: string) => ({ kind: 'Group', apiGroup, name });
const account = (name: string) => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' });

function clusterRoleBinding(name: string, subjects: readonly object[]): Unsaved<KubeObject> {
  return object('ClusterRoleBinding', { name, subjects, roleRef: { apiGroup, kind: 'ClusterRole', name } });
}

/** `view`, `edit` and `admin`: each the sum of the parts that carry its label; its rules are there from the start. */
function peopleRoles(): Unsaved<KubeObject>[] {
  let inherited: readonly PolicyRule[] = [];
  return userRoles.flatMap(({ name, aggregatesInto, rules }) => {
    inherited = [...rules, ...inherited];
    const part = object('ClusterRole', {
      name: `system:aggregate-to-${name}`,
      labels: { [aggregationLabel(name)]: 'true' },
      rules,
    });
    const whole = object('ClusterRole', {
      name,
      ...(aggregatesInto === undefined ? {} : { labels: { [aggregatesInto]: 'true' } }),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregationLabel(name)]: 'true' } }] },
      rules: inherited,
    });
    return [part, whole];
  });
}

/** Rights inside single namespaces: the leader's leases and what servers read about authentication. */
function namespacedRoles(): Unsaved<KubeObject>[] {
  const role = (name: string, namespace: string, rules: readonly PolicyRule[]): Unsaved<KubeObject> =>
    object('Role', { name, namespace, rules });
  const binding = (name: string, namespace: string, subjects: readonly object[], of = name): Unsaved<KubeObject> =>
    object('RoleBinding', { name, namespace, subjects, roleRef: { apiGroup, kind: 'Role', name: of } });
  const leader = (component: string): Unsaved<KubeObject>[] => {
    const name = `system::leader-locking-${component}`;
    const rules = [
      rule('create watch', 'core', 'configmaps'),
      namedRule('get update', 'core', 'configmaps', component),
    ];
    return [role(name, 'kube-system', rules), binding(name, 'kube-system', [user(`system:${component}`)])];
  };
  const reader = 'extension-apiserver-authentication-reader';
  return [
    role(reader, 'kube-system', [
      namedRule('get list watch', 'core', 'configmaps', 'extension-apiserver-authentication'),
    ]),
    binding(`system::${reader}`, 'kube-system', [user(controllerManager), user('system:kube-scheduler')], reader),
    ...leader('kube-controller-manager'),
    ...leader('kube-scheduler'),
    role('system:controller:bootstrap-signer', 'kube-public', [
      rule(read, 'core', 'configmaps'),
      namedRule('update', 'core', 'configmaps', 'cluster-info'),
      writeEvents,
    ]),
    binding('system:controller:bootstrap-signer', 'kube-public', [account('bootstrap-signer')]),
  ];
}

/** The roles and bindings that every cluster starts with, named and worded as upstream's. */
export function bootstrapRbacObjects(): readonly Unsaved<KubeObject>[] {
  const system = Object.entries(systemRoles).flatMap(([name, { rules, users = [], groups = [] }]) => {
    const subjects = [...groups.map(group), ...users.map(user)];
    return [clusterRole(name, rules), ...(subjects.length === 0 ? [] : [clusterRoleBinding(name, subjects)])];
  });
  const controllers = Object.entries(controllerRules).flatMap(([name, rules]) => {
    const full = `system:controller:${name}`;
    return [clusterRole(full, rules), clusterRoleBinding(full, [account(name), user(controllerManager)])];
  });
  // Nodes have a role for the record; the node authorizer decides about them, so nobody is bound to it.
  const node = [
    clusterRole('system:node', nodeRules),
    object('ClusterRoleBinding', {
      name: 'system:node',
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'system:node' },
    }),
  ];
  // Whoever may look at pods may see what they use.
  const metricsReader = object('ClusterRole', {
    name: 'system:aggregated-metrics-reader',
    labels: Object.fromEntries(userRoles.map(({ name }) => [aggregationLabel(name), 'true'])),
    rules: [rule(read, 'metrics.k8s.io', 'nodes pods')],
  });
  return [...system, ...peopleRoles(), metricsReader, ...node, ...controllers, ...namespacedRoles()];
}
