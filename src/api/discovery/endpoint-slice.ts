import { validateLabelName } from '../validation/labels.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, invalidFields, requiredField, tooManyField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { ipFamily, validateNonSpecialIp } from '../validation/ip.ts';
import { dnsSubdomainComplaints, labelValueComplaints } from '../validation/names.ts';
import { validateDnsLabel, validatePort } from '../validation/numbers.ts';
import type { Endpoint } from './endpoint-slice.schema.ts';
import { EndpointSlice } from './endpoint-slice.schema.ts';

const maxEndpoints = 1000;
const maxAddresses = 100;
const maxPorts = 20_000;
const shown = 3;

function listed(values: readonly string[], none: string): string {
  if (values.length === 0) return none;
  const first = values.slice(0, shown).join(',');
  return values.length > shown ? `${first} + ${values.length - shown} more...` : first;
}

const portsCell = ({ ports = [] }: EndpointSlice): string =>
  listed(
    ports.map(({ port, name }) => (port === undefined ? (name ?? '*') : String(port))),
    '<unset>',
  );
const endpointsCell = ({ endpoints = [] }: EndpointSlice): string =>
  listed(
    endpoints.flatMap(({ addresses }) => addresses),
    '<unset>',
  );

const maxHints = 8;

function validateHints(
  hints: readonly { readonly name: string }[] = [],
  path: string,
  complaints: (name: string) => readonly string[],
): FieldError[] {
  if (hints.length > maxHints) return [tooManyField(path, hints.length, maxHints)];
  const names = hints.map(({ name }) => name);
  return names.flatMap((name, index) => {
    const at = `${path}[${index}].name`;
    return [
      ...(names.indexOf(name) < index ? [duplicateField(at, name)] : []),
      ...invalidFields(at, name, complaints(name)),
    ];
  });
}

function validateEndpoint(
  { addresses, hostname, nodeName, hints }: Endpoint,
  type: string,
  path: string,
): FieldError[] {
  const address = (value: string, field: string): FieldError[] => {
    if (type === 'FQDN') return dnsSubdomainComplaints(value).map((text) => invalidField(field, value, text));
    if (ipFamily(value) === type) return validateNonSpecialIp(value, field);
    return [invalidField(field, value, `must be a valid ${type} address`)];
  };
  return [
    ...(addresses.length === 0 ? [requiredField(`${path}.addresses`, 'must contain at least 1 address')] : []),
    ...(addresses.length > maxAddresses ? [tooManyField(`${path}.addresses`, addresses.length, maxAddresses)] : []),
    ...addresses.flatMap((value, index) => address(value, `${path}.addresses[${index}]`)),
    ...(nodeName === undefined ? [] : invalidFields(`${path}.nodeName`, nodeName, dnsSubdomainComplaints(nodeName))),
    ...validateHints(hints?.forZones, `${path}.hints.forZones`, labelValueComplaints),
    ...validateHints(hints?.forNodes, `${path}.hints.forNodes`, dnsSubdomainComplaints),
    ...(hostname === undefined ? [] : validateDnsLabel(hostname, `${path}.hostname`)),
  ];
}

function validateSlice({ addressType, endpoints = [], ports = [] }: EndpointSlice): FieldError[] {
  const names = new Set<string>();
  const repeated = (name: string): boolean => names.has(name) || !names.add(name);
  return [
    ...(endpoints.length > maxEndpoints ? [tooManyField('endpoints', endpoints.length, maxEndpoints)] : []),
    ...endpoints.flatMap((endpoint, index) => validateEndpoint(endpoint, addressType, `endpoints[${index}]`)),
    ...(ports.length > maxPorts ? [tooManyField('ports', ports.length, maxPorts)] : []),
    ...ports.flatMap(({ name = '', port, appProtocol }, index) => [
      ...(name === '' ? [] : validateDnsLabel(name, `ports[${index}].name`)),
      ...(repeated(name) ? [duplicateField(`ports[${index}].name`, name)] : []),
      ...(port === undefined ? [] : validatePort(port, `ports[${index}].port`)),
      ...(appProtocol === undefined ? [] : validateLabelName(appProtocol, `ports[${index}].appProtocol`)),
    ]),
  ];
}

export const endpointSliceKind = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  schema: EndpointSlice,
  defaults: (slice) => ({
    ...slice,
    ...(slice.ports === undefined
      ? {}
      : { ports: slice.ports.map((port) => ({ ...port, name: port.name ?? '', protocol: port.protocol ?? 'TCP' })) }),
  }),
  validate: validateSlice,
  validateUpdate: ({ addressType }, old) => validateImmutable(addressType, old.addressType, 'addressType'),
  columns: [
    nameColumn(),
    textColumn('AddressType', ({ addressType }) => addressType),
    textColumn('Ports', portsCell),
    textColumn('Endpoints', endpointsCell),
    ageColumn(),
  ],
});
