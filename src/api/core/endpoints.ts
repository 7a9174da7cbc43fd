import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateIp, validateNonSpecialIp } from '../validation/ip.ts';
import { validateDnsLabel, validatePort } from '../validation/numbers.ts';
import { joinHostPort } from '../values/host-port.ts';
import type { EndpointSubset } from './endpoints.schema.ts';
import { Endpoints } from './endpoints.schema.ts';

/** So many addresses are listed; the rest is counted. */
const shown = 3;

function endpointsCell({ subsets = [] }: Endpoints): string {
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => joinHostPort(ip, port))),
  );
  if (all.length === 0) return '<none>';
  const listed = all.slice(0, shown).join(',');
  return all.length > shown ? `${listed} + ${all.length - shown} more...` : listed;
}

function validateSubset(subset: EndpointSubset, path: string): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  const address = (list: readonly { readonly ip: string }[], name: string): FieldError[] =>
    list.flatMap(({ ip }, index) => {
      const field = `${path}.${name}[${index}].ip`;
      const wrong = validateIp(ip, field);
      return wrong.length > 0 ? wrong : validateNonSpecialIp(ip, field);
    });
  return [
    ...(addresses.length + notReadyAddresses.length === 0
      ? [requiredField(path, 'must specify `addresses` or `notReadyAddresses`')]
      : []),
    ...address(addresses, 'addresses'),
    ...address(notReadyAddresses, 'notReadyAddresses'),
    ...ports.flatMap(({ name = '', port }, index) => [
      ...(name === ''
        ? ports.length > 1
          ? [requiredField(`${path}.ports[${index}].name`)]
          : []
        : validateDnsLabel(name, `${path}.ports[${index}].name`)),
      ...validatePort(port, `${path}.ports[${index}].port`),
    ]),
  ];
}

export const endpointsKind = defineKind<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  schema: Endpoints,
  defaults: (endpoints) => ({
    ...endpoints,
    ...(endpoints.subsets === undefined
      ? {}
      : {
          subsets: endpoints.subsets.map((subset) => ({
            ...subset,
            ...(subset.ports === undefined
              ? {}
              : { ports: subset.ports.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' })) }),
          })),
        }),
  }),
  validate: ({ subsets = [] }) => subsets.flatMap((subset, index) => validateSubset(subset, `subsets[${index}]`)),
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  columns: [nameColumn(), textColumn('Endpoints', endpointsCell), ageColumn()],
});
