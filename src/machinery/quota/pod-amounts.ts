import type { Container } from '../../api/core/container.schema.ts';
import type { PodSpec } from '../../api/core/pod-spec.schema.ts';
import type { Quantity } from '../../api/values/quantity.ts';
import { addQuantities, compareQuantities, tryParseQuantity } from '../../api/values/quantity.ts';

/** Amounts by resource name. */
export type Amounts = ReadonlyMap<string, Quantity>;
type Quantities = Readonly<Record<string, string>> | undefined;

/** Reads amounts; what is no quantity counts as nothing. */
export function amountsOf(quantities: Quantities): Map<string, Quantity> {
  const amounts = new Map<string, Quantity>();
  for (const [name, text] of Object.entries(quantities ?? {})) {
    const quantity = tryParseQuantity(text);
    if (quantity !== undefined) amounts.set(name, quantity);
  }
  return amounts;
}

/** The sum of two sets of amounts. */
export function sumOf(a: Amounts, b: Amounts): Map<string, Quantity> {
  const sum = new Map(a);
  for (const [name, amount] of b) {
    const before = sum.get(name);
    sum.set(name, before === undefined ? amount : addQuantities(before, amount));
  }
  return sum;
}

function maxOf(a: Amounts, b: Amounts): Map<string, Quantity> {
  const max = new Map(a);
  for (const [name, amount] of b) {
    const before = max.get(name);
    if (before === undefined || compareQuantities(before, amount) < 0) max.set(name, amount);
  }
  return max;
}

/**
 * What a pod's containers ask for, or are limited to, together: those that run side by side, or one at a time the
 * init containers before them, whichever is more; and the pod's overhead.
 */
export function podAmounts(spec: PodSpec, field: 'requests' | 'limits'): Amounts {
  const of = (container: Container): Amounts => amountsOf(container.resources?.[field]);
  let sum: Amounts = new Map();
  for (const container of spec.containers) sum = sumOf(sum, of(container));
  let peak: Amounts = new Map();
  let sidecars: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const amounts = of(container);
    if (container.restartPolicy === 'Always') {
      sum = sumOf(sum, amounts);
      sidecars = sumOf(sidecars, amounts);
      peak = maxOf(peak, sidecars);
    } else peak = maxOf(peak, sumOf(sidecars, amounts));
  }
  const overhead = [...amountsOf(spec.overhead)].filter(([name]) => field === 'requests' || sum.has(name));
  return sumOf(new Map([...maxOf(sum, peak), ...amountsOf(spec.resources?.[field])]), new Map(overhead));
}
