import { defineKind } from '../kind.ts';
import { Ingress } from './ingress.schema.ts';

export const ingressKind = defineKind<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  namespaced: true,
  schema: Ingress,
  subresources: {
    status: true,
  },
});
