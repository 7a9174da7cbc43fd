import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { message, optional, present, required, string } from '../schema.ts';

export const IngressClassParametersReference = message('io.k8s.api.networking.v1.IngressClassParametersReference', {
  apiGroup: optional(1, string),
  kind: required(2, string),
  name: required(3, string),
  scope: optional(4, string),
  namespace: optional(5, string),
});
export interface IngressClassParametersReference extends Infer<typeof IngressClassParametersReference> {}

export const IngressClassSpec = message('io.k8s.api.networking.v1.IngressClassSpec', {
  controller: optional(1, string),
  parameters: optional(2, IngressClassParametersReference),
});
export interface IngressClassSpec extends Infer<typeof IngressClassSpec> {}

export const IngressClass = clusterObject('io.k8s.api.networking.v1.IngressClass', {
  spec: present(2, IngressClassSpec),
});
export interface IngressClass extends Infer<typeof IngressClass> {}
