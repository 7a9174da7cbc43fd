import { ageColumn, nameColumn } from '../columns.ts';
import { defineKind } from '../kind.ts';
import { ServiceAccount } from './service-account.schema.ts';

export const serviceAccountKind = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  schema: ServiceAccount,
  columns: [nameColumn(), ageColumn()],
  subresources: {
    token: { verbs: ['create'], kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' } },
  },
});
