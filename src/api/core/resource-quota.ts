import { defineKind } from '../kind.ts';
import { ResourceQuota } from './resource-quota.schema.ts';

export const resourceQuotaKind = defineKind<ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  namespaced: true,
  schema: ResourceQuota,
  subresources: {
    status: true,
  },
});
