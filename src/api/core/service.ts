import { validateServiceAddresses } from './load-balancer-status.ts';
import { defineKind } from '../kind.ts';
import { Service } from './service.schema.ts';
import { ageColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import { formatLabels } from '../values/label-selector.ts';
import { loadBalancerCell } from './load-balancer-cell.ts';
import { defaultServiceSpec, isHeadless, prepareChangedService, prepareNewService } from './service-shape.ts';
import { validateService, validateServiceUpdate } from './service-validation.ts';

function externalIp({ spec, status }: Service): string {
  const { type, externalIPs = [] } = spec;
  if (type === 'ExternalName') return spec.externalName ?? '';
  if (type !== 'LoadBalancer') return externalIPs.length > 0 ? externalIPs.join(',') : '<none>';
  const balanced = loadBalancerCell(status.loadBalancer);
  const all = [...(balanced === '' ? [] : [balanced]), ...externalIPs];
  return all.length > 0 ? all.join(',') : '<pending>';
}

function ports({ spec }: Service): string {
  const parts = (spec.ports ?? []).map(({ port, nodePort = 0, protocol = 'TCP' }) =>
    nodePort > 0 ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return parts.length > 0 ? parts.join(',') : '<none>';
}

const topologyHints = 'service.kubernetes.io/topology-aware-hints';

/** Advice about what a Service asks for and does not get. */
function serviceWarnings({ metadata, spec }: Service): string[] {
  const { loadBalancerIP = '', externalIPs = [], sessionAffinity = 'None' } = spec;
  const hints =
    metadata.annotations?.[topologyHints] === undefined
      ? []
      : [`annotation ${topologyHints} is deprecated, please use service.kubernetes.io/topology-mode instead`];
  if (!isHeadless(spec)) return hints;
  const ignored = {
    'spec.loadBalancerIP': loadBalancerIP !== '',
    'spec.externalIPs': externalIPs.length > 0,
    'spec.SessionAffinity': sessionAffinity !== 'None',
  };
  return [
    ...hints,
    ...Object.entries(ignored)
      .filter(([, isSet]) => isSet)
      .map(([field]) => `${field} is ignored for headless services`),
  ];
}

export const serviceKind = defineKind<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  schema: Service,
  subresources: {
    status: true,
    proxy: {
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
      kind: { group: '', version: 'v1', kind: 'ServiceProxyOptions' },
    },
  },
  nameRule: 'dns-1035-label',
  defaults: (service) => ({ ...service, spec: defaultServiceSpec(service.spec) }),
  prepareForCreate: prepareNewService,
  prepareForUpdate: prepareChangedService,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatus: ({ spec, status }) => validateServiceAddresses(status.loadBalancer?.ingress ?? [], spec.type),
  warnings: serviceWarnings,
  selectableFields: {
    'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '',
    'spec.type': ({ spec }) => spec.type ?? '',
  },
  columns: [
    nameColumn(),
    textColumn('Type', ({ spec }) => spec.type ?? ''),
    textColumn('Cluster-IP', ({ spec }) => spec.clusterIPs?.[0] ?? '<none>'),
    textColumn('External-IP', externalIp),
    textColumn('Port(s)', ports),
    ageColumn(),
    wideColumn('Selector', ({ spec }) => formatLabels(spec.selector)),
  ],
});
