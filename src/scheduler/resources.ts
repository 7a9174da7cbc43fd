import type { Container } from '../api/core/container.schema.ts';
import type { Pod } from '../api/core/pod.schema.ts';
import { quantityNumber, tryParseQuantity } from '../api/values/quantity.ts';

/** Amounts by resource name: CPU in cores, memory and storage in bytes, the others counted. */
export type Amounts = ReadonlyMap<string, number>;

type Quantities = Readonly<Record<string, string>> | undefined;

/** Reads amounts; what is no quantity counts as nothing. */
export function amountsOf(quantities: Quantities): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const [name, text] of Object.entries(quantities ?? {})) {
    const quantity = tryParseQuantity(text);
    if (quantity !== undefined) amounts.set(name, quantityNumber(quantity));
  }
  return amounts;
}

/** Adds `amounts` to `sum`, `times` times. */
export function addAmounts(sum: Map<string, number>, amounts: Amounts, times = 1): void {
  for (const [name, amount] of amounts) sum.set(name, (sum.get(name) ?? 0) + amount * times);
}

function raiseTo(peak: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) peak.set(name, Math.max(peak.get(name) ?? 0, amount));
}

/**
 * What a pod asks for: its containers and sidecars together, or at a time before them one init container with the
 * sidecars started by then, whichever is more; and the pod's overhead.
 */
export function podRequests(pod: Pod, requestsOf: (container: Container) => Amounts = containerRequests): Amounts {
  const sum = new Map<string, number>();
  for (const container of pod.spec.containers) addAmounts(sum, requestsOf(container));
  const peak = new Map<string, number>();
  const sidecars = new Map<string, number>();
  for (const container of pod.spec.initContainers ?? []) {
    const requests = requestsOf(container);
    if (container.restartPolicy === 'Always') {
      addAmounts(sum, requests);
      addAmounts(sidecars, requests);
      raiseTo(peak, sidecars);
    } else {
      const during = new Map(sidecars);
      addAmounts(during, requests);
      raiseTo(peak, during);
    }
  }
  raiseTo(sum, peak);
  for (const [name, amount] of amountsOf(pod.spec.resources?.requests)) sum.set(name, amount);
  addAmounts(sum, amountsOf(pod.spec.overhead));
  return sum;
}

function containerRequests({ resources }: Container): Amounts {
  return amountsOf(resources?.requests);
}

/** Upstream's guess for containers that name no request, so that they too spread: 100m CPU, 200Mi memory. */
function guessedRequests(container: Container): Amounts {
  return new Map([['cpu', 0.1], ['memory', 200 * 2 ** 20], ...containerRequests(container)]);
}

/** As `podRequests`, with upstream's guesses: for scoring only. */
export function podScoringRequests(pod: Pod): Amounts {
  return podRequests(pod, guessedRequests);
}
