import { defineKind } from '../kind.ts';
import { IngressClass } from './ingress-class.schema.ts';

export const ingressClassKind = defineKind<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
  schema: IngressClass,
});
