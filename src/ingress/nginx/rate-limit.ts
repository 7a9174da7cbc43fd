import type { RateLimit } from '../model/route-table.ts';
import type { Cidr } from '../model/values.ts';
import type { Directive } from './directive.ts';
import { block, directive } from './directive.ts';

/** Of memory for each kind of limit: some 80,000 clients. */
const zoneSize = '5m';

function rates({ perSecond, perMinute }: RateLimit): readonly { readonly unit: 's' | 'm'; readonly rate: number }[] {
  return [
    ...(perSecond === undefined ? [] : [{ unit: 's' as const, rate: perSecond }]),
    ...(perMinute === undefined ? [] : [{ unit: 'm' as const, rate: perMinute }]),
  ];
}

/** A variable that is 1 for clients of some ranges, and 0 for others, for the `http` block. */
export function rangesMap(ranges: readonly Cidr[], variable: string): Directive {
  return block('geo', [variable], [directive('default', 0), ...ranges.map((range) => directive(range, 1))]);
}

/** The zones of a profile's limits, for the `http` block. `$cox_limit` tells Ingress and client. */
export function rateLimitZones(name: string, limit: RateLimit): readonly Directive[] {
  const exempt = `$cox_exempt_${name}`;
  const key = limit.exempt.length === 0 ? '$cox_limit' : `$cox_limit_${name}`;
  return [
    ...(limit.exempt.length === 0
      ? []
      : [
          rangesMap(limit.exempt, exempt),
          block('map', [exempt, key], [directive('0', '$cox_limit'), directive('default', '')]),
        ]),
    ...rates(limit).map(({ unit, rate }) =>
      directive('limit_req_zone', key, `zone=${name}_${unit}:${zoneSize}`, `rate=${rate}r/${unit}`),
    ),
    ...(limit.connections === undefined ? [] : [directive('limit_conn_zone', key, `zone=${name}_c:${zoneSize}`)]),
  ];
}

/** What makes a location obey the limits of its profile. */
export function rateLimitDirectives(name: string, limit: RateLimit): readonly Directive[] {
  return [
    ...rates(limit).map(({ unit, rate }) =>
      directive('limit_req', `zone=${name}_${unit}`, `burst=${rate * limit.burst}`, 'nodelay'),
    ),
    ...(limit.connections === undefined ? [] : [directive('limit_conn', `${name}_c`, limit.connections)]),
  ];
}
