import { defineKind } from '../kind.ts';
import { ServiceCIDR } from './service-cidr.schema.ts';

export const serviceCIDRKind = defineKind<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  namespaced: false,
  schema: ServiceCIDR,
  subresources: {
    status: true,
  },
});
