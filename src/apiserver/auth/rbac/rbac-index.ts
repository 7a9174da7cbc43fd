import type { LabelSelector } from '../../../api/meta/meta.schema.ts';
import type { KubeObject } from '../../../api/object.ts';
import type { ClusterRole } from '../../../api/rbac/cluster-role.schema.ts';
import type { ClusterRoleBinding } from '../../../api/rbac/cluster-role-binding.schema.ts';
import type { Role } from '../../../api/rbac/role.schema.ts';
import type { RoleBinding } from '../../../api/rbac/role-binding.schema.ts';
import type { PolicyRule, RoleRef, Subject } from '../../../api/rbac/shared.schema.ts';
import type { Store, Watch } from '../../../store/store.ts';
import { follow } from '../follow.ts';
import type { UserInfo } from '../types.ts';

/** One binding as it applies to one subject. */
export interface Grant {
  readonly binding: ClusterRoleBinding | RoleBinding;
  readonly subject: Subject;
}

interface BySubject {
  readonly cluster: Map<string, Grant[]>;
  /** By namespace, then by subject. */
  readonly namespaced: Map<string, Map<string, Grant[]>>;
}

const prefix = '/rbac.authorization.k8s.io/';
const noRules: readonly PolicyRule[] = [];

/** The key under which a subject's grants are found; ServiceAccounts go by the user name they have. */
function subjectKey(subject: Subject, bindingNamespace: string | undefined): string | undefined {
  if (subject.kind === 'User') return `user:${subject.name}`;
  if (subject.kind === 'Group') return `group:${subject.name}`;
  const namespace = subject.namespace ?? bindingNamespace ?? '';
  return subject.kind === 'ServiceAccount' && namespace !== ''
    ? `user:system:serviceaccount:${namespace}:${subject.name}`
    : undefined;
}

/** Whether labels fulfil a selector; an empty selector selects everything. */
function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const byLabel = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    byLabel &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const isIn = value !== undefined && values.includes(value);
      return operator === 'In' ? isIn : operator === 'NotIn' && !isIn;
    })
  );
}

/** Roles and bindings, always as the store has them, arranged for looking up what a user may do. */
export class RbacIndex {
  readonly #objects = new Map<string, KubeObject>();
  #bySubject: BySubject | undefined;
  #aggregated = new Map<string, readonly PolicyRule[]>();

  /** Takes in (or replaces) one Role, ClusterRole, RoleBinding or ClusterRoleBinding under its storage key. */
  put(key: string, object: KubeObject): void {
    this.#objects.set(key, object);
    this.#invalidate(object.kind);
  }

  remove(key: string): void {
    const kind = this.#objects.get(key)?.kind;
    this.#objects.delete(key);
    this.#invalidate(kind);
  }

  /** Starts following the store; resolves when everything that is there has been taken in. */
  follow(store: Store): Promise<Watch> {
    return follow(store, prefix, this);
  }

  /** The rules of the role that a binding names; undefined when there is no such role. */
  rulesOf(roleRef: RoleRef, namespace: string | undefined): readonly PolicyRule[] | undefined {
    if (roleRef.kind === 'Role') {
      const role = this.#objects.get(`${prefix}roles/${namespace}/${roleRef.name}`) as Role | undefined;
      return role === undefined ? undefined : (role.rules ?? noRules);
    }
    const role = this.#objects.get(`${prefix}clusterroles/${roleRef.name}`) as ClusterRole | undefined;
    if (role === undefined) return undefined;
    return role.aggregationRule === undefined ? (role.rules ?? noRules) : this.#aggregate(role);
  }

  /** The bindings that speak of a user: those of the cluster, then those of the namespace, where there is one. */
  *grantsFor(user: UserInfo, namespace: string): Generator<Grant> {
    const { cluster, namespaced } = (this.#bySubject ??= this.#arrange());
    const local = namespace === '' ? undefined : namespaced.get(namespace);
    const keys = [`user:${user.name}`, ...user.groups.map((group) => `group:${group}`)];
    for (const grants of [cluster, local]) {
      if (grants === undefined) continue;
      for (const key of keys) yield* grants.get(key) ?? [];
    }
  }

  /** All rules that hold for a user in a namespace (the cluster's alone when it is empty). */
  rulesFor(user: UserInfo, namespace: string): readonly PolicyRule[] {
    return this.grantsFor(user, namespace)
      .flatMap(({ binding }) => this.rulesOf(binding.roleRef, binding.metadata.namespace) ?? noRules)
      .toArray();
  }

  #invalidate(kind: string | undefined): void {
    if (kind === 'ClusterRole') this.#aggregated.clear();
    else if (kind !== 'Role') this.#bySubject = undefined;
  }

  #aggregate(role: ClusterRole): readonly PolicyRule[] {
    const known = this.#aggregated.get(role.metadata.name);
    if (known !== undefined) return known;
    const selectors = role.aggregationRule?.clusterRoleSelectors ?? [];
    // What the aggregation controller has written is part of it, so that its delay is never felt. Two roles that
    // select each other end here, too: the second finds the first one's own rules.
    this.#aggregated.set(role.metadata.name, role.rules ?? noRules);
    const rules = new Map((role.rules ?? noRules).map((rule) => [JSON.stringify(rule), rule]));
    for (const object of this.#objects.values()) {
      if (object.kind !== 'ClusterRole' || object.metadata.name === role.metadata.name) continue;
      const other = object as ClusterRole;
      if (!selectors.some((selector) => selects(selector, other.metadata.labels ?? {}))) continue;
      const parts = other.aggregationRule === undefined ? (other.rules ?? noRules) : this.#aggregate(other);
      for (const part of parts) rules.set(JSON.stringify(part), part);
    }
    const all = [...rules.values()];
    this.#aggregated.set(role.metadata.name, all);
    return all;
  }

  #arrange(): BySubject {
    const cluster = new Map<string, Grant[]>();
    const namespaced = new Map<string, Map<string, Grant[]>>();
    for (const object of this.#objects.values()) {
      if (object.kind !== 'RoleBinding' && object.kind !== 'ClusterRoleBinding') continue;
      const binding = object as RoleBinding | ClusterRoleBinding;
      const { namespace } = binding.metadata;
      const grants = namespace === undefined ? cluster : (namespaced.get(namespace) ?? new Map<string, Grant[]>());
      if (namespace !== undefined) namespaced.set(namespace, grants);
      for (const subject of binding.subjects ?? []) {
        const key = subjectKey(subject, namespace);
        if (key !== undefined) grants.set(key, [...(grants.get(key) ?? []), { binding, subject }]);
      }
    }
    return { cluster, namespaced };
  }
}
