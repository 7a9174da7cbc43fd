import type { Affinity, BalanceOptions } from '../../model/balance.ts';
import * as formats from './formats.ts';
import type { AnnotationReader } from './reader.ts';

/** Reads `affinity` and `session-cookie-*`; undefined where clients go anywhere. */
export function readAffinity(reader: AnnotationReader): Affinity | undefined {
  const kind = reader.read('affinity', formats.oneOf('cookie'));
  const sameSite = reader.read('session-cookie-samesite', formats.oneOf('None', 'Lax', 'Strict'));
  const affinity: Affinity = {
    mode: reader.read('affinity-mode', formats.oneOf('balanced', 'persistent')) ?? 'balanced',
    cookie: reader.read('session-cookie-name', formats.cookieName) ?? 'INGRESSCOOKIE',
    changeOnFailure: reader.read('session-cookie-change-on-failure', formats.flag) ?? false,
    maxAge: reader.read('session-cookie-max-age', formats.count),
    expires: reader.read('session-cookie-expires', formats.count),
    path: reader.read('session-cookie-path', formats.path),
    domain: reader.read('session-cookie-domain', formats.hostName),
    sameSite,
    conditionalSameSite: reader.read('session-cookie-conditional-samesite-none', formats.flag) ?? false,
    secure: reader.read('session-cookie-secure', formats.flag),
  };
  // Of a canary, what there is: clients stay with the one that they were sent to.
  const behavior = reader.read('affinity-canary-behavior', formats.oneOf('sticky', 'legacy'));
  if (behavior === 'legacy')
    reader.misplaced('affinity-canary-behavior', '"legacy" is not supported; "sticky" is used');
  return kind === undefined ? undefined : affinity;
}

/** Reads `load-balance` and `upstream-hash-by`. */
export function readBalance(reader: AnnotationReader): BalanceOptions {
  const isSubset = reader.read('upstream-hash-by-subset', formats.flag) ?? false;
  const subsetSize = reader.read('upstream-hash-by-subset-size', formats.smallCount) ?? 3;
  return {
    algorithm: reader.read('load-balance', formats.oneOf('round_robin', 'ewma')) ?? 'round_robin',
    hashBy: reader.read('upstream-hash-by', formats.hashKey),
    subset: isSubset ? Math.max(1, subsetSize) : 1,
  };
}
