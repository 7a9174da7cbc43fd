import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, message, microTime, optional, present, string } from '../schema.ts';

export const LeaseSpec = message('io.k8s.api.coordination.v1.LeaseSpec', {
  holderIdentity: optional(1, string),
  leaseDurationSeconds: optional(2, int32),
  acquireTime: optional(3, microTime),
  renewTime: optional(4, microTime),
  leaseTransitions: optional(5, int32),
  strategy: optional(6, string),
  preferredHolder: optional(7, string),
});
export interface LeaseSpec extends Infer<typeof LeaseSpec> {}

export const Lease = namespacedObject('io.k8s.api.coordination.v1.Lease', {
  spec: present(2, LeaseSpec),
});
export interface Lease extends Infer<typeof Lease> {}
