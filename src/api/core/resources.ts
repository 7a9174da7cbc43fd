import type { FieldError } from '../field-error.ts';
import { duplicateField, forbiddenField, invalidField, notFoundField, requiredField } from '../field-error.ts';
import { notNegative } from '../validation/numbers.ts';
import { compareQuantities, formatQuantity, roundToMilli, tryParseQuantity } from '../values/quantity.ts';
import type { PodResourceClaim, ResourceRequirements } from './container.schema.ts';
import { isHugePages, isWhole, mayOvercommit, validateContainerResourceName } from './resource-names.ts';

/** Amounts by resource name, e.g. `{ cpu: '500m' }`. */
export type ResourceList = Readonly<Record<string, string>>;

/** Rounds amounts up to thousandths, the finest that the API keeps. */
export function defaultResourceList(list: ResourceList): ResourceList {
  return Object.fromEntries(
    Object.entries(list).map(([name, amount]) => {
      const parsed = /[nu]$/.test(amount) ? tryParseQuantity(amount) : undefined;
      return [name, parsed === undefined ? amount : formatQuantity(roundToMilli(parsed))];
    }),
  );
}

/** Refuses an amount below zero, and a fraction of what only comes whole. */
export function validateAmount(name: string, amount: string, path: string): FieldError[] {
  const parsed = tryParseQuantity(amount);
  if (parsed === undefined) return [];
  if (parsed.nanos < 0n) return [invalidField(path, amount, notNegative)];
  const isInteger = parsed.nanos % 1_000_000_000n === 0n;
  return isWhole(name) && !isInteger ? [invalidField(path, amount, 'must be an integer')] : [];
}

function validateHugePages(name: string, amount: string, path: string): FieldError[] {
  const page = isHugePages(name) ? tryParseQuantity(name.slice('hugepages-'.length)) : undefined;
  const parsed = tryParseQuantity(amount);
  if (page === undefined || parsed === undefined || page.nanos <= 0n || parsed.nanos % page.nanos === 0n) return [];
  return [invalidField(path, amount, `${amount} is not positive integer multiple of ${name}`)];
}

function validateList(list: ResourceList, path: string): FieldError[] {
  return Object.entries(list).flatMap(([name, amount]) => {
    const at = `${path}[${name}]`;
    return [
      ...validateContainerResourceName(name, at),
      ...validateAmount(name, amount, at),
      ...validateHugePages(name, amount, at),
    ];
  });
}

function validateAgainstLimit(name: string, request: string, limits: ResourceList, path: string): FieldError[] {
  const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
  const fixed = !mayOvercommit(name);
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

function validateClaims(
  used: NonNullable<ResourceRequirements['claims']>,
  claims: readonly PodResourceClaim[],
  path: string,
): FieldError[] {
  const names = used.map((claim) => `${claim.name}/${claim.request ?? ''}`);
  return used.flatMap((claim, index) => {
    const at = `${path}[${index}]`;
    if (names.indexOf(names[index] ?? '') < index) return [duplicateField(at, claim)];
    return claims.some(({ name }) => name === claim.name) ? [] : [notFoundField(at, claim)];
  });
}

/** The faults of a container's requests, limits and claims. */
export function validateResources(
  resources: ResourceRequirements | undefined,
  claims: readonly PodResourceClaim[],
  path: string,
): FieldError[] {
  const { limits = {}, requests = {}, claims: used = [] } = resources ?? {};
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  const onlyHugePages = names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory');
  return [
    ...validateList(limits, `${path}.limits`),
    ...validateList(requests, `${path}.requests`),
    ...Object.entries(requests).flatMap(([name, request]) => validateAgainstLimit(name, request, limits, path)),
    ...(onlyHugePages ? [forbiddenField(path, 'HugePages require cpu or memory')] : []),
    ...validateClaims(used, claims, `${path}.claims`),
  ];
}
