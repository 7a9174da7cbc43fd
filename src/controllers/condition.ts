import { timestamp } from './time.ts';

interface AnyCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** What a caller says of a condition; the times are filled in here. */
export interface ConditionState {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** The condition of this type, if there is one. */
export function findCondition<C extends AnyCondition>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** `conditions` without the one of this type. */
export function withoutCondition<C extends AnyCondition>(
  conditions: readonly C[] | undefined,
  type: string,
): readonly C[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

/** `conditions` with `state` in its place; the transition time moves only when the status does. */
export function withCondition(
  conditions: readonly AnyCondition[] | undefined,
  state: ConditionState,
  now: number,
): readonly (ConditionState & { readonly lastTransitionTime: string })[] {
  const old = findCondition(conditions, state.type);
  const lastTransitionTime =
    old?.status === state.status && old.lastTransitionTime !== undefined ? old.lastTransitionTime : timestamp(now);
  const next = { ...state, lastTransitionTime };
  const kept = (conditions ?? []) as readonly (ConditionState & { readonly lastTransitionTime: string })[];
  if (old === undefined) return [...kept, next];
  return kept.map((condition) => (condition.type === state.type ? next : condition));
}
