import { compareQuantities, tryParseQuantity } from '../values/quantity.ts';
import type { PodSpec } from './pod-spec.schema.ts';

type Amounts = Readonly<Record<string, string>> | undefined;

function amount(list: Amounts, name: string): string | undefined {
  const value = list?.[name];
  const parsed = tryParseQuantity(value);
  return parsed === undefined || parsed.nanos <= 0n ? undefined : value;
}

function isGuaranteed(requests: Amounts, limits: Amounts): boolean {
  return ['cpu', 'memory'].every((name) => {
    const limit = tryParseQuantity(amount(limits, name));
    const request = tryParseQuantity(amount(requests, name) ?? amount(limits, name));
    return limit !== undefined && request !== undefined && compareQuantities(limit, request) === 0;
  });
}

/**
 * How well a pod is treated when a node runs short, from its requests and limits.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 */
export function qosClass(spec: PodSpec): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const all =
    spec.resources === undefined
      ? [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(({ resources }) => resources)
      : [spec.resources];
  const asks = all.some((resources) =>
    ['cpu', 'memory'].some(
      (name) => amount(resources?.requests, name) !== undefined || amount(resources?.limits, name) !== undefined,
    ),
  );
  if (!asks) return 'BestEffort';
  return all.every((resources) => isGuaranteed(resources?.requests, resources?.limits)) ? 'Guaranteed' : 'Burstable';
}
