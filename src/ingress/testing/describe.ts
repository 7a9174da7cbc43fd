import type { Action, Backend, RouteTable } from '../model/route-table.ts';
import { backendId, hostKey, pathKey } from '../model/route-table.ts';
import type { Template } from '../model/values.ts';

const backendText = (backend: Backend): string =>
  backend.kind === 'service' ? backendId(backend) : `outside ${backend.host}:${backend.port}`;

function templateText(template: Template): string {
  return template
    .map((part) => ('literal' in part ? part.literal : 'capture' in part ? `$${part.capture}` : `\${${part.variable}}`))
    .join('');
}

function actionText(action: Action): string {
  if (action.kind === 'refuse') return 'refuse';
  if (action.kind === 'redirect') return `${action.status} ${templateText(action.location)}`;
  const { backends, protocol, rewrite, host, fallback } = action;
  return [
    ...backends.map(({ backend }) => backendText(backend)),
    ...(protocol === 'HTTP' ? [] : [protocol]),
    ...(rewrite === undefined ? [] : [`rewrite ${templateText(rewrite)}`]),
    ...(host === undefined ? [] : [`host ${host}`]),
    ...(fallback === undefined ? [] : [`else ${backendText(fallback)}`]),
  ].join(' ');
}

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
