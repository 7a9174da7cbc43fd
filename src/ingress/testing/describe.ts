import { actionText } from '../diagnosis/action-text.ts';
import type { RouteTable } from '../model/route-table.ts';
import { hostKey, pathKey } from '../model/route-table.ts';

/** A table as lines: `host path → action`, in order of precedence, `(rest)` for what no path matches. */
export function describeTable({ hosts }: RouteTable): readonly string[] {
  return hosts.flatMap(({ host, tls, routes, fallback }) => {
    const head = `${hostKey(host) || '*'}${tls === undefined ? '' : ` [${tls.certificate ?? 'default certificate'}]`}`;
    const https = (redirect: boolean): string => (redirect ? ' (https)' : '');
    return [
      ...routes.map(
        ({ path, action, policy }) =>
          `${head} ${pathKey(path)} → ${actionText(action)}${https(policy.redirectToHttps)}`,
      ),
      ...(fallback === undefined ? [] : [`${head} (rest) → ${actionText(fallback.action)}`]),
    ];
  });
}
