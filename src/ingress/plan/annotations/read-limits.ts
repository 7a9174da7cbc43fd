import type { Policy, RateLimit } from '../../model/route-table.ts';
import * as formats from './formats.ts';
import type { AnnotationReader } from './reader.ts';

/** Reads which source addresses may and may not. */
export function readRanges(reader: AnnotationReader): Pick<Policy, 'allow' | 'deny'> {
  // ingress-nginx renamed the annotation; the older name is what most manifests have. With both, both must be right.
  const older = reader.readRestriction('whitelist-source-range', formats.cidrs);
  return {
    allow: reader.readRestriction('allowlist-source-range', formats.cidrs) ?? older,
    deny: reader.readRestriction('denylist-source-range', formats.cidrs) ?? [],
  };
}

/** Reads `limit-rps`, `limit-rpm`, `limit-connections` and what belongs to them; undefined where there is no limit. */
export function readRateLimit(reader: AnnotationReader): RateLimit | undefined {
  const positive = (name: 'limit-rps' | 'limit-rpm' | 'limit-connections' | 'limit-burst-multiplier') =>
    reader.readRestriction(name, formats.smallCount) || undefined;
  const older = reader.readRestriction('limit-whitelist', formats.cidrs);
  const limit: RateLimit = {
    perSecond: positive('limit-rps'),
    perMinute: positive('limit-rpm'),
    connections: positive('limit-connections'),
    burst: positive('limit-burst-multiplier') ?? 5,
    exempt: reader.readRestriction('limit-allowlist', formats.cidrs) ?? older ?? [],
  };
  const isLimited = [limit.perSecond, limit.perMinute, limit.connections].some((value) => value !== undefined);
  return isLimited ? limit : undefined;
}
