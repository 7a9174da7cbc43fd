import { defineKind } from '../kind.ts';
import { IPAddress } from './ip-address.schema.ts';

export const ipAddressKind = defineKind<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  namespaced: false,
  schema: IPAddress,
});
