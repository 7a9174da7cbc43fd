import type { Backend, Route, RouteTable, ServiceBackend } from '../model/route-table.ts';
import { backendId } from '../model/route-table.ts';

/** The Service ports that a table's routes lead to, each once. */
export function tableBackends({ hosts }: RouteTable): readonly ServiceBackend[] {
  const routes = hosts.flatMap(({ routes: own, fallback }) => (fallback === undefined ? own : [...own, fallback]));
  const services = routes.flatMap(routeBackends).filter((backend) => backend.kind === 'service');
  return [...new Map(services.map((backend) => [backendId(backend), backend])).values()];
}

function routeBackends({ action }: Route): readonly Backend[] {
  if (action.kind !== 'forward') return [];
  const chosen = action.backends.map(({ backend }) => backend);
  return action.fallback === undefined ? chosen : [...chosen, action.fallback];
}
