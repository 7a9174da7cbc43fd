import type { Container } from '../../../api/core/container.schema.ts';
import type { LimitRangeItem } from '../../../api/core/limit-range.schema.ts';
import type { PersistentVolumeClaim } from '../../../api/core/persistent-volume-claim.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';
import type { Quantity } from '../../../api/values/quantity.ts';
import { compareQuantities, formatQuantity, quantityNumber } from '../../../api/values/quantity.ts';
import type { Amounts } from '../../../machinery/quota/pod-amounts.ts';
import { amountsOf, podAmounts } from '../../../machinery/quota/pod-amounts.ts';

/** What something asks for and is limited to. */
interface Used {
  readonly requests: Amounts;
  readonly limits: Amounts;
}
type Check = (name: string, bound: Quantity, used: Used) => string | undefined;

const text = formatQuantity;

function minimum(type: string): Check {
  return (name, bound, { requests, limits }) => {
    const [request, limit] = [requests.get(name), limits.get(name)];
    const rule = `minimum ${name} usage per ${type} is ${text(bound)}`;
    if (request === undefined) return `${rule}.  No request is specified`;
    if (compareQuantities(request, bound) < 0) return `${rule}, but request is ${text(request)}`;
    if (limit !== undefined && compareQuantities(limit, bound) < 0) return `${rule}, but limit is ${text(limit)}`;
    return undefined;
  };
}

function maximum(type: string): Check {
  return (name, bound, { requests, limits }) => {
    const [request, limit] = [requests.get(name), limits.get(name)];
    const rule = `maximum ${name} usage per ${type} is ${text(bound)}`;
    if (limit === undefined) return `${rule}.  No limit is specified`;
    if (compareQuantities(limit, bound) > 0) return `${rule}, but limit is ${text(limit)}`;
    if (request !== undefined && compareQuantities(request, bound) > 0)
      return `${rule}, but request is ${text(request)}`;
    return undefined;
  };
}

function maximumRequest(type: string): Check {
  return (name, bound, { requests }) => {
    const request = requests.get(name);
    const rule = `maximum ${name} usage per ${type} is ${text(bound)}`;
    if (request === undefined) return `${rule}.  No request is specified`;
    return compareQuantities(request, bound) > 0 ? `${rule}, but request is ${text(request)}` : undefined;
  };
}

function maximumRatio(type: string): Check {
  return (name, bound, { requests, limits }) => {
    const [request, limit] = [requests.get(name), limits.get(name)];
    const rule = `${name} max limit to request ratio per ${type} is ${text(bound)}`;
    if (request === undefined || request.nanos === 0n) return `${rule}, but no request is specified or request is 0`;
    if (limit === undefined || limit.nanos === 0n) return `${rule}, but no limit is specified or limit is 0`;
    const ratio = quantityNumber(limit) / quantityNumber(request);
    return ratio > quantityNumber(bound) ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
  };
}

function check(bounds: Readonly<Record<string, string>> | undefined, used: Used, rule: Check): readonly string[] {
  return [...amountsOf(bounds)].flatMap(([name, bound]) => {
    const fault = rule(name, bound, used);
    return fault === undefined ? [] : [fault];
  });
}

function checkUsed(item: LimitRangeItem, used: Used): readonly string[] {
  return [
    ...check(item.min, used, minimum(item.type)),
    ...check(item.max, used, maximum(item.type)),
    ...check(item.maxLimitRequestRatio, used, maximumRatio(item.type)),
  ];
}

/** Why a pod breaks one item of a LimitRange, in upstream's words; nothing when it does not. */
export function podFaults({ spec }: Pod, item: LimitRangeItem): readonly string[] {
  const used = ({ resources }: Container): Used => ({
    requests: amountsOf(resources?.requests),
    limits: amountsOf(resources?.limits),
  });
  switch (item.type) {
    case 'Container':
      return [...spec.containers, ...(spec.initContainers ?? [])].flatMap((one) => checkUsed(item, used(one)));
    case 'Pod':
      return checkUsed(item, { requests: podAmounts(spec, 'requests'), limits: podAmounts(spec, 'limits') });
    default:
      return [];
  }
}

/** Why a claim breaks one item of a LimitRange. */
export function claimFaults({ spec }: PersistentVolumeClaim, item: LimitRangeItem): readonly string[] {
  if (item.type !== 'PersistentVolumeClaim') return [];
  const used = { requests: amountsOf(spec.resources?.requests), limits: new Map<string, Quantity>() };
  return [...check(item.min, used, minimum(item.type)), ...check(item.max, used, maximumRequest(item.type))];
}
