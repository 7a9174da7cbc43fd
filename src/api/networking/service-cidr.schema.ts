import { Condition } from '../meta/meta.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { list, listMap, message, optional, present, string } from '../schema.ts';

export const ServiceCIDRSpec = message('io.k8s.api.networking.v1.ServiceCIDRSpec', {
  cidrs: optional(1, list(string)),
});
export interface ServiceCIDRSpec extends Infer<typeof ServiceCIDRSpec> {}

export const ServiceCIDRStatus = message('io.k8s.api.networking.v1.ServiceCIDRStatus', {
  conditions: optional(1, listMap(Condition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' })),
});
export interface ServiceCIDRStatus extends Infer<typeof ServiceCIDRStatus> {}

export const ServiceCIDR = clusterObject('io.k8s.api.networking.v1.ServiceCIDR', {
  spec: present(2, ServiceCIDRSpec),
  status: present(3, ServiceCIDRStatus),
});
export interface ServiceCIDR extends Infer<typeof ServiceCIDR> {}
