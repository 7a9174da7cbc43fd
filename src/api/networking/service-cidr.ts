import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { validateCidr } from '../validation/ip.ts';
import { formatIp, isNetwork, parseRange } from '../values/ip-range.ts';
import { ServiceCIDR } from './service-cidr.schema.ts';
import type { ServiceCIDRSpec } from './service-cidr.schema.ts';

const path = 'spec.cidrs';
const oneOfEach = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';

/** A range of Services may be written in one way only, by its first address. */
function validateRange(cidr: string, at: string): FieldError[] {
  const range = parseRange(cidr);
  if (range === undefined) return validateCidr(cidr, at);
  if (!isNetwork(range)) {
    return [invalidField(at, cidr, 'must not have bits set beyond the prefix length')];
  }
  const canonical = `${formatIp(range)}/${range.length}`;
  return canonical === cidr ? [] : [invalidField(at, cidr, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

function validateSpec(spec: ServiceCIDRSpec): FieldError[] {
  const { cidrs = [] } = spec;
  const families = cidrs.flatMap((cidr) => parseRange(cidr)?.family ?? []);
  return [
    ...(cidrs.length === 0 ? [requiredField(path, 'at least one CIDR required')] : []),
    ...(cidrs.length > 2 ? [invalidField(path, spec, 'may only hold up to 2 values')] : []),
    ...(cidrs.length > 1 && new Set(families).size < families.length ? [invalidField(path, spec, oneOfEach)] : []),
    ...cidrs.flatMap((cidr, index) => validateRange(cidr, `${path}[${index}]`)),
  ];
}

/** A second family may be added, or taken away; what is there stays. */
function validateChange(
  { spec: { cidrs = [] } }: ServiceCIDR,
  { spec: { cidrs: old = [] } }: ServiceCIDR,
): FieldError[] {
  const common = Math.min(cidrs.length, old.length);
  const isSame = common > 0 && cidrs.slice(0, common).every((cidr, index) => cidr === old[index]);
  return isSame ? [] : validateImmutable(cidrs, old, path);
}

export const serviceCIDRKind = defineKind<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  namespaced: false,
  schema: ServiceCIDR,
  subresources: {
    status: true,
  },
  validate: ({ spec }) => validateSpec(spec),
  validateUpdate: validateChange,
  columns: [nameColumn(), textColumn('CIDRs', ({ spec }) => (spec.cidrs ?? []).join(',')), ageColumn()],
});
