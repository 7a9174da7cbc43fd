import type { Pod } from '../../../api/core/pod.schema.ts';
import type { ResourceQuota } from '../../../api/core/resource-quota.schema.ts';
import type { AnyKind } from '../../../api/kind.ts';
import type { Quantity } from '../../../api/values/quantity.ts';
import { addQuantities, compareQuantities, formatQuantity, subtractQuantities } from '../../../api/values/quantity.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import type { Amounts } from '../../../machinery/quota/pod-amounts.ts';
import { amountsOf } from '../../../machinery/quota/pod-amounts.ts';
import { isInScope, requirementsOf } from '../../../machinery/quota/scopes.ts';
import { usageOf } from '../../../machinery/quota/usage.ts';

/** What a quota says of a change: nothing, that it must not be, or what is used afterwards. */
export type Verdict =
  | { readonly type: 'unconcerned' }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'charged'; readonly used: Readonly<Record<string, string>> };

const unconcerned: Verdict = { type: 'unconcerned' };
const zero: Quantity = { nanos: 0n, format: 'decimalSI' };
/** What every container must name where a quota limits it. */
const compute = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];

function list(names: readonly string[], amounts: Amounts): string {
  return names.map((name) => `${name}=${formatQuantity(amounts.get(name) ?? zero)}`).join(',');
}

/** `limits.cpu for: a,b; limits.memory for: a`, or nothing. */
function unnamed(pod: Pod, limited: readonly string[]): string {
  const { containers, initContainers = [], resources: ofPod } = pod.spec;
  const parts = compute.toSorted().flatMap((resource) => {
    if (!limited.includes(resource)) return [];
    const field = resource.startsWith('limits.') ? 'limits' : 'requests';
    const name = resource.slice(resource.indexOf('.') + 1);
    if (ofPod?.[field]?.[name] !== undefined) return [];
    const lacking = [...containers, ...initContainers].filter(
      ({ resources }) => resources?.[field]?.[name] === undefined,
    );
    return lacking.length === 0 ? [] : [`${resource} for: ${lacking.map((container) => container.name).join(',')}`];
  });
  return parts.join('; ');
}

interface Change {
  readonly kind: AnyKind;
  readonly object: ApiObject;
  readonly old: ApiObject | undefined;
}

/** What `change` uses more than before, of what a quota limits. */
function deltaOf({ kind, object, old }: Change): Amounts {
  const before: Amounts = old === undefined ? new Map() : usageOf(kind, old);
  const delta = new Map<string, Quantity>();
  for (const [name, amount] of usageOf(kind, object)) {
    delta.set(name, subtractQuantities(amount, before.get(name) ?? zero));
  }
  return delta;
}

/** Judges a create or update by one quota of its namespace, as upstream's ResourceQuota admission does. */
export function judge(quota: ResourceQuota, change: Change): Verdict {
  const { kind, object, old } = change;
  const isPod = kind.group === '' && kind.plural === 'pods';
  const requirements = requirementsOf(quota.spec);
  const pod = object as unknown as Pod;
  if (requirements.length > 0 && !(isPod && requirements.every((one) => isInScope(pod, one)))) return unconcerned;
  const hard = amountsOf(quota.status.hard);
  const used = amountsOf(quota.status.used);
  const { name } = quota.metadata;
  if (isPod && old === undefined) {
    const missing = unnamed(pod, [...hard.keys()]);
    if (missing !== '') return { type: 'refused', reason: `failed quota: ${name}: must specify ${missing}` };
  }
  const delta = new Map([...deltaOf(change)].filter(([resource, amount]) => hard.has(resource) && amount.nanos !== 0n));
  if (delta.size === 0) return unconcerned;
  const next = new Map(used);
  for (const [resource, amount] of delta) next.set(resource, addQuantities(used.get(resource) ?? zero, amount));
  const exceeded = [...delta.keys()]
    .filter((resource) => (delta.get(resource) ?? zero).nanos > 0n)
    .filter((resource) => compareQuantities(next.get(resource) ?? zero, hard.get(resource) ?? zero) > 0)
    .toSorted();
  if (exceeded.length > 0) {
    const amounts = `requested: ${list(exceeded, delta)}, used: ${list(exceeded, used)}, limited: ${list(exceeded, hard)}`;
    return { type: 'refused', reason: `exceeded quota: ${name}, ${amounts}` };
  }
  return {
    type: 'charged',
    used: Object.fromEntries([...next].map(([resource, amount]) => [resource, formatQuantity(amount)])),
  };
}
