import type { Infer } from '../schema.ts';
import { list, message, optional, required, string } from '../schema.ts';

export const PolicyRule = message('io.k8s.api.rbac.v1.PolicyRule', {
  verbs: required(1, list(string)),
  apiGroups: optional(2, list(string)),
  resources: optional(3, list(string)),
  resourceNames: optional(4, list(string)),
  nonResourceURLs: optional(5, list(string)),
});
export interface PolicyRule extends Infer<typeof PolicyRule> {}

export const RoleRef = message(
  'io.k8s.api.rbac.v1.RoleRef',
  {
    apiGroup: optional(1, string),
    kind: required(2, string),
    name: required(3, string),
  },
  { atomic: true },
);
export interface RoleRef extends Infer<typeof RoleRef> {}

export const Subject = message(
  'io.k8s.api.rbac.v1.Subject',
  {
    kind: required(1, string),
    apiGroup: optional(2, string),
    name: required(3, string),
    namespace: optional(4, string),
  },
  { atomic: true },
);
export interface Subject extends Infer<typeof Subject> {}
