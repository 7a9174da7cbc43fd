import { defineKind } from '../kind.ts';
import { Service } from './service.schema.ts';
import { ageColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import { formatLabels } from '../values/label-selector.ts';
import { loadBalancerCell } from './load-balancer-cell.ts';
import { defaultServiceSpec, prepareChangedService, prepareNewService } from './service-shape.ts';
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
