import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, notFoundField, requiredField } from '../field-error.ts';
import { qualifiedNameComplaints } from '../validation/names.ts';
import { notNegative } from '../validation/numbers.ts';
import { compareQuantities, formatQuantity, roundToMilli, tryParseQuantity } from '../values/quantity.ts';
import type { PodResourceClaim, ResourceRequirements } from './container.schema.ts';

/** Amounts by resource name, e.g. `{ cpu: '500m' }`. */
export type ResourceList = Readonly<Record<string, string>>;

const containerResources = ['cpu', 'memory', 'ephemeral-storage'];
const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
/** Resources that a cluster does not know by itself, such as `nvidia.com/gpu`: whole numbers, never overcommitted. */
export const isExtendedResource = (name: string): boolean =>
  name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');

/** Rounds amounts up to thousandths, the finest that the API keeps. */
export function defaultResourceList(list: ResourceList): ResourceList {
  return Object.fromEntries(
    Object.entries(list).map(([name, amount]) => {
      const parsed = /[nu]$/.test(amount) ? tryParseQuantity(amount) : undefined;
      return [name, parsed === undefined ? amount : formatQuantity(roundToMilli(parsed))];
    }),
  );
}

function validateName(name: string, path: string): FieldError[] {
  const complaints = qualifiedNameComplaints(name);
  if (complaints.length > 0) return complaints.map((text) => invalidField(path, name, text));
  if (name.includes('/') || containerResources.includes(name) || isHugePages(name)) return [];
  return [
    invalidField(path, name, 'must be a standard resource type or fully qualified'),
    invalidField(path, name, 'must be a standard resource for containers'),
  ];
}

/** Refuses an amount below zero, and a fraction of what only comes whole. */
export function validateAmount(name: string, amount: string, path: string): FieldError[] {
  const parsed = tryParseQuantity(amount);
  if (parsed === undefined) return [];
  if (parsed.nanos < 0n) return [invalidField(path, amount, notNegative)];
  const whole = parsed.nanos % 1_000_000_000n === 0n;
  return isExtendedResource(name) && !whole ? [invalidField(path, amount, 'must be an integer')] : [];
}

function validateList(list: ResourceList, path: string): FieldError[] {
  return Object.entries(list).flatMap(([name, amount]) => [
    ...validateName(name, path),
    ...validateAmount(name, amount, `${path}[${name}]`),
  ]);
}

function validateAgainstLimit(name: string, request: string, limits: ResourceList, path: string): FieldError[] {
  const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
  const fixed = isExtendedResource(name) || isHugePages(name);
  if (limit === undefined) {
    return fixed ? [requiredField(`${path}.limits`, 'Limit must be set for non overcommitable resources')] : [];
  }
  const [requested, allowed] = [tryParseQuantity(request), tryParseQuantity(limit)];
  if (requested === undefined || allowed === undefined) return [];
  const order = compareQuantities(requested, allowed);
  if (fixed && order !== 0) {
    return [invalidField(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`)];
  }
  return order > 0
    ? [invalidField(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)]
    : [];
}

/** The faults of a container's requests, limits and claims. */
export function validateResources(
  resources: ResourceRequirements | undefined,
  claims: readonly PodResourceClaim[],
  path: string,
): FieldError[] {
  const { limits = {}, requests = {}, claims: used = [] } = resources ?? {};
  const names = used.map((claim) => `${claim.name}/${claim.request ?? ''}`);
  return [
    ...validateList(limits, `${path}.limits`),
    ...validateList(requests, `${path}.requests`),
    ...Object.entries(requests).flatMap(([name, request]) => validateAgainstLimit(name, request, limits, path)),
    ...used.flatMap((claim, index) => {
      const at = `${path}.claims[${index}]`;
      if (names.indexOf(names[index] ?? '') < index) return [duplicateField(at, claim)];
      return claims.some(({ name }) => name === claim.name) ? [] : [notFoundField(at, claim)];
    }),
  ];
}
