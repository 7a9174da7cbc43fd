import type { Container, ResourceFieldSelector } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Quantity } from '../../api/values/quantity.ts';
import { parseQuantity, quantityMilliValue, quantityValue } from '../../api/values/quantity.ts';
import { EnvironmentError } from './types.ts';

/** Divides, rounding up: half a core is one core. */
function ceilDivide(value: bigint, divisor: bigint): bigint {
  return value <= 0n ? value / divisor : (value + divisor - 1n) / divisor;
}

/** A container without a limit may use what the pod as a whole may, or else what the node has to give. */
function limitOf(
  resource: string,
  pod: Pod,
  container: Container,
  allocatable: Readonly<Record<string, string>>,
): string {
  const limit = container.resources.limits?.[resource];
  const hasDefault = resource === 'cpu' || resource === 'memory' || resource === 'ephemeral-storage';
  // A limit of zero counts as none.
  if (!hasDefault || (limit !== undefined && parseQuantity(limit).nanos !== 0n)) return limit ?? '0';
  return pod.spec.resources?.limits?.[resource] ?? allocatable[resource] ?? '0';
}

/**
 * The number that a `resourceFieldRef` stands for, in units of its divisor, rounded up; `container` is meant where the
 * reference names none. Throws EnvironmentError for an unknown container or resource.
 */
export function resourceValue(
  ref: ResourceFieldSelector,
  { pod, container, allocatable }: { pod: Pod; container?: Container; allocatable: Readonly<Record<string, string>> },
): string {
  const named = ref.containerName ?? '';
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const meant = named === '' ? container : all.find(({ name }) => name === named);
  if (meant === undefined) throw new EnvironmentError('FieldNotFound', `container ${named} not found`);
  const [, kind, resource = ''] = /^(limits|requests)\.(.+)$/.exec(ref.resource) ?? [];
  const offered = ['cpu', 'memory', 'ephemeral-storage'].includes(resource) || resource.startsWith('hugepages-');
  if (kind === undefined || !offered) {
    throw new EnvironmentError('FieldNotFound', `unsupported container resource : ${ref.resource}`);
  }
  const amount =
    kind === 'limits' ? limitOf(resource, pod, meant, allocatable) : (meant.resources.requests?.[resource] ?? '0');
  const given = parseQuantity(ref.divisor ?? '0');
  const divisor = given.nanos === 0n ? parseQuantity('1') : given;
  const units: (quantity: Quantity) => bigint = resource === 'cpu' ? quantityMilliValue : quantityValue;
  return ceilDivide(units(parseQuantity(amount)), units(divisor)).toString();
}
