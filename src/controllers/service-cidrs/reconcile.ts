import type { IPAddress } from '../../api/networking/ip-address.schema.ts';
import type { ServiceCIDR } from '../../api/networking/service-cidr.schema.ts';
import { inRanges } from '../../system/ipv4.ts';
import type { ConditionState } from '../condition.ts';
import { findCondition, withCondition } from '../condition.ts';

/** What keeps a range until nobody has an address of it. */
export const rangeFinalizer = 'networking.k8s.io/service-cidr-finalizer';

/** A Service made at the last moment gets its record within this time. */
const graceMs = 10_000;

export interface RangeState {
  readonly range: ServiceCIDR;
  readonly others: readonly ServiceCIDR[];
  /** Records of addresses in use. */
  readonly addresses: readonly Pick<IPAddress, 'metadata'>[];
  readonly now: number;
}

export interface RangePlan {
  /** The object with its finalizer put on or taken off. */
  readonly update?: ServiceCIDR;
  /** The object with a new Ready condition. */
  readonly status?: ServiceCIDR;
  readonly requeueAfter?: number;
}

/** Holds a range by its finalizer, says whether it is Ready, and lets it go once it is unused. */
export function reconcile(state: RangeState): RangePlan {
  const { range, now } = state;
  const { deletionTimestamp, finalizers = [], name } = range.metadata;
  const isHeld = finalizers.includes(rangeFinalizer);
  if (deletionTimestamp === undefined) {
    const what = name === 'kubernetes' ? 'default Service CIDR' : 'Service CIDR';
    const status = withReady(range, now, { status: 'True', reason: '', message: `Kubernetes ${what} is ready` });
    const metadata = { ...range.metadata, finalizers: [...finalizers, rangeFinalizer] };
    return { ...(isHeld ? {} : { update: { ...range, metadata } }), ...status };
  }
  if (!isHeld) return {};
  if (isInUse(state)) {
    return withReady(range, now, {
      status: 'False',
      reason: 'Terminating',
      message:
        'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
    });
  }
  const left = Date.parse(deletionTimestamp) + graceMs - now;
  if (left > 0) return { requeueAfter: left };
  const kept = finalizers.filter((finalizer) => finalizer !== rangeFinalizer);
  return { update: { ...range, metadata: { ...range.metadata, finalizers: kept } } };
}

/** An address that another range has as well does not need this one. */
function isInUse({ range, others, addresses }: RangeState): boolean {
  const own = range.spec.cidrs ?? [];
  const elsewhere = others.flatMap(({ metadata, spec }) =>
    metadata.deletionTimestamp === undefined ? (spec.cidrs ?? []) : [],
  );
  const ips = addresses.map(({ metadata }) => metadata.name).filter((ip) => !ip.includes(':'));
  return ips.some((ip) => inRanges(ip, own) && !inRanges(ip, elsewhere));
}

function withReady(range: ServiceCIDR, now: number, state: Omit<ConditionState, 'type'>): Pick<RangePlan, 'status'> {
  const found = findCondition(range.status?.conditions, 'Ready');
  if (found?.status === state.status && found.message === state.message) return {};
  const conditions = withCondition(range.status?.conditions, { type: 'Ready', ...state }, now);
  return { status: { ...range, status: { ...range.status, conditions } } };
}
