import type { Pod } from '../../api/core/pod.schema.ts';
import type { ResourceQuota } from '../../api/core/resource-quota.schema.ts';
import type { Quantity } from '../../api/values/quantity.ts';
import { addQuantities, formatQuantity } from '../../api/values/quantity.ts';
import { isInScope, requirementsOf } from '../../machinery/quota/scopes.ts';
import type { Counted } from '../../machinery/quota/usage.ts';
import { countedKind, usageOf } from '../../machinery/quota/usage.ts';
import { semanticEqual } from '../canonical.ts';

/** `deployments.apps`, `pods`. */
export const kindKey = ({ group, plural }: Counted): string => (group === '' ? plural : `${plural}.${group}`);

/** The kinds whose objects a quota counts, by `kindKey`. */
export function kindsOf({ spec }: ResourceQuota): ReadonlyMap<string, Counted> {
  const kinds = Object.keys(spec.hard ?? {}).flatMap((name) => countedKind(name) ?? []);
  return new Map(kinds.map((kind) => [kindKey(kind), kind]));
}

const zero: Quantity = { nanos: 0n, format: 'decimalSI' };

/**
 * The status that a quota must get: its limits as they are asked for, and what the objects of its namespace use now
 * (ms since the epoch). `objects` are those by `kindKey`; a kind that is missing there cannot be counted at the
 * moment. Undefined when the status says all that already.
 */
export function reconcile(
  quota: ResourceQuota,
  objects: ReadonlyMap<string, readonly object[]>,
  now: number,
): ResourceQuota['status'] | undefined {
  const { hard = {} } = quota.spec;
  const requirements = requirementsOf(quota.spec);
  const used = new Map<string, Quantity>();
  for (const [key, kind] of kindsOf(quota)) {
    const counted = objects.get(key);
    if (counted === undefined) continue;
    const isPod = key === 'pods';
    for (const name of Object.keys(hard)) {
      const own = countedKind(name);
      if (own !== undefined && kindKey(own) === key) used.set(name, zero);
    }
    for (const object of counted) {
      const isMeant = requirements.every((requirement) => isPod && isInScope(object as Pod, requirement));
      if (!isMeant) continue;
      for (const [name, amount] of usageOf(kind, object, now)) {
        const before = used.get(name);
        if (before !== undefined) used.set(name, addQuantities(before, amount));
      }
    }
  }
  const status = {
    hard,
    used: Object.fromEntries([...used].map(([name, amount]) => [name, formatQuantity(amount)])),
  };
  return semanticEqual(status, quota.status) ? undefined : status;
}
