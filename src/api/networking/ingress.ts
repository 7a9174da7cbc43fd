import { validateLoadBalancerPoint } from '../core/load-balancer-status.ts';
import { ageColumn, firstThree, nameColumn, textColumn } from '../columns.ts';
import { loadBalancerCell } from '../core/load-balancer-cell.ts';
import { defineKind } from '../kind.ts';
import { classAnnotation, validateIngress } from './ingress-validation.ts';
import { Ingress } from './ingress.schema.ts';

function hostsCell({ spec: { rules = [] } }: Ingress): string {
  const hosts = rules.flatMap(({ host = '' }) => (host === '' ? [] : [host]));
  return hosts.length === 0 ? '*' : firstThree(hosts);
}

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
  prepareForCreate: (ingress) => ({ ...ingress, status: { loadBalancer: {} } }),
  validate: validateIngress,
  validateStatus: ({ status }) =>
    (status.loadBalancer?.ingress ?? []).flatMap((point, index) =>
      validateLoadBalancerPoint(point, `status.loadBalancer.ingress[${index}]`),
    ),
  warnings: ({ metadata }, old) =>
    old === undefined && metadata.annotations?.[classAnnotation] !== undefined
      ? [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
  columns: [
    nameColumn(),
    textColumn(
      'Class',
      ({ metadata, spec }) => spec.ingressClassName ?? metadata.annotations?.[classAnnotation] ?? '<none>',
    ),
    textColumn('Hosts', hostsCell),
    textColumn('Address', ({ status }) => loadBalancerCell(status.loadBalancer)),
    textColumn('Ports', ({ spec }) => ((spec.tls ?? []).length > 0 ? '80, 443' : '80')),
    ageColumn(),
  ],
});
