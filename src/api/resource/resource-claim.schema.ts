import { ObjectMeta } from '../meta/meta.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { message, present } from '../schema.ts';
import { ResourceClaimStatus } from './allocation.schema.ts';
import { DeviceClaim } from './device-claim.schema.ts';

export const ResourceClaimSpec = message('io.k8s.api.resource.v1.ResourceClaimSpec', {
  devices: present(1, DeviceClaim),
});
export interface ResourceClaimSpec extends Infer<typeof ResourceClaimSpec> {}

export const ResourceClaim = namespacedObject('io.k8s.api.resource.v1.ResourceClaim', {
  spec: present(2, ResourceClaimSpec),
  status: present(3, ResourceClaimStatus),
});
export interface ResourceClaim extends Infer<typeof ResourceClaim> {}

export const ResourceClaimTemplateSpec = message('io.k8s.api.resource.v1.ResourceClaimTemplateSpec', {
  metadata: present(1, ObjectMeta),
  spec: present(2, ResourceClaimSpec),
});
export interface ResourceClaimTemplateSpec extends Infer<typeof ResourceClaimTemplateSpec> {}

export const ResourceClaimTemplate = namespacedObject('io.k8s.api.resource.v1.ResourceClaimTemplate', {
  spec: present(2, ResourceClaimTemplateSpec),
});
export interface ResourceClaimTemplate extends Infer<typeof ResourceClaimTemplate> {}
