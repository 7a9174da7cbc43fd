import type { Route } from '../model/route-table.ts';
import type { Canary } from './annotations/read-canary.ts';

/** A canary's part in a route: when, and where to. */
export interface CanaryShare {
  readonly canary: Canary;
  readonly route: Route;
}

/** A route with its canary, as routes of which the first that matches counts; without one, the route itself. */
export function shareRoute(route: Route, share: CanaryShare | undefined): readonly Route[] {
  const own = route.action;
  const other = share?.route.action;
  if (share === undefined || own.kind !== 'forward' || other?.kind !== 'forward') return [route];
  const { canary } = share;
  const chosen = canary.choices.map(({ condition, isCanary }): Route => {
    const backends = isCanary ? other.backends : own.backends;
    return { ...route, conditions: [...route.conditions, condition], action: { ...own, backends } };
  });
  const weighted = [
    ...own.backends.map((one) => ({ ...one, weight: canary.total - canary.weight })),
    ...other.backends.map((one) => ({ ...one, weight: canary.weight })),
  ].filter(({ weight }) => weight > 0);
  return [...chosen, { ...route, action: { ...own, backends: weighted } }];
}
