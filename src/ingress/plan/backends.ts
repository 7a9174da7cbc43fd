import { memo } from '../memo.ts';
import type { Backend, Route, RouteTable, ServiceBackend, VirtualHost } from '../model/route-table.ts';
import { backendId } from '../model/route-table.ts';

/** The Service ports that a table's routes lead to, each once. */
export function tableBackends({ hosts }: RouteTable): readonly ServiceBackend[] {
  const found = new Map<string, ServiceBackend>();
  for (const host of hosts) for (const [id, backend] of hostBackends(host)) found.set(id, backend);
  return [...found.values()];
}

const hostBackends = memo(({ routes, fallback }: VirtualHost): readonly (readonly [string, ServiceBackend])[] =>
  (fallback === undefined ? routes : [...routes, fallback])
    .flatMap(routeBackends)
    .filter((backend) => backend.kind === 'service')
    .map((backend) => [backendId(backend), backend]),
);

function routeBackends({ action }: Route): readonly Backend[] {
  if (action.kind !== 'forward') return [];
  const chosen = action.backends.map(({ backend }) => backend);
  return action.fallback === undefined ? chosen : [...chosen, action.fallback];
}
