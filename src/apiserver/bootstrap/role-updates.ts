import type { KubeObject, Unsaved } from '../../api/object.ts';
import { jsonEqual } from '../../machinery/json.ts';
import type { ApiObject } from '../registry/api-object.ts';

const group = 'rbac.authorization.k8s.io/v1';
const annotation = 'rbac.authorization.kubernetes.io/autoupdate';

/** What grows with the server's own roles and bindings. */
const lists: Readonly<Record<string, string>> = {
  ClusterRole: 'rules',
  Role: 'rules',
  ClusterRoleBinding: 'subjects',
  RoleBinding: 'subjects',
};

/** The field in which a role or binding is kept up to date; undefined for any other object. */
export function grownField({ apiVersion, kind }: Pick<Unsaved<KubeObject>, 'apiVersion' | 'kind'>): string | undefined {
  return apiVersion === group ? lists[kind] : undefined;
}

function listOf(object: ApiObject, field: string): readonly unknown[] {
  const value = object[field];
  return Array.isArray(value) ? value : [];
}

/**
 * A role or binding with what this version of the server adds to it. What people have added stays, and one whose
 * annotation says so is left alone; roles that are the sum of others follow from those.
 */
export function withAdditions(current: ApiObject, wanted: ApiObject, field: string): ApiObject {
  if (current.metadata.annotations?.[annotation] !== 'true' || current['aggregationRule'] !== undefined) return current;
  const present = listOf(current, field);
  const missing = listOf(wanted, field).filter((item) => !present.some((known) => jsonEqual(known, item)));
  return missing.length === 0 ? current : { ...current, [field]: [...present, ...missing] };
}
