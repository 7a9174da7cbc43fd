import type { IngressClass } from '../../api/networking/ingress-class.schema.ts';
import type { Ingress } from '../../api/networking/ingress.schema.ts';
import type { Route } from '../model/route-table.ts';
import { parsePath } from '../model/values.ts';
import { isDefaultClass, wantedClass } from './class.ts';
import type { Problem } from './problem.ts';

/**
 * How a class reads paths. As ingress-nginx: an expression on one Ingress makes expressions of all paths of its hosts,
 * Exact ones too, and a path that ends in a slash redirects to itself from where the slash is missing.
 */
export type PathHandling = 'specification' | 'ingress-nginx';

/** The `spec.parameters` of an IngressClass that name a way of reading paths. No object is behind them. */
const parametersGroup = 'ingress.coxswain';
const parametersKind = 'PathHandling';

function read({ spec: { parameters } }: IngressClass): PathHandling | undefined {
  if (parameters === undefined) return 'specification';
  const { apiGroup, kind, name } = parameters;
  if (apiGroup !== parametersGroup || kind !== parametersKind) return undefined;
  return name === 'ingress-nginx' || name === 'specification' ? name : undefined;
}

/** How an Ingress's class reads its paths. */
export function pathHandling(ingress: Ingress, classes: readonly IngressClass[]): PathHandling {
  const wanted = wantedClass(ingress);
  const found = classes.find((one) => (wanted === undefined ? isDefaultClass(one) : one.metadata.name === wanted));
  return (found === undefined ? undefined : read(found)) ?? 'specification';
}

/** What is wrong with the parameters of the controller's own classes. */
export function parameterProblems(classes: readonly IngressClass[], controllerName: string): readonly Problem[] {
  return classes
    .filter((one) => one.spec.controller === controllerName && read(one) === undefined)
    .map(({ metadata: { name, uid } }) => ({
      source: { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', namespace: '', name, uid },
      reason: 'UnsupportedSetting',
      message:
        `spec.parameters has no effect, expected apiGroup ${parametersGroup}, kind ${parametersKind} and ` +
        'name "specification" or "ingress-nginx"',
    }));
}

/** The redirect from `/p` to `/p/` that an ingress-nginx location for `/p/` has; undefined for other paths. */
export function slashRedirect(text: string): Pick<Route, 'path' | 'action'> | undefined {
  if (text === '/' || !text.endsWith('/')) return undefined;
  const [path, target] = [parsePath(text.slice(0, -1)), parsePath(text)];
  if (path === undefined || target === undefined) return undefined;
  const location = [
    { variable: 'scheme' as const },
    { literal: '://' },
    { variable: 'http_host' as const },
    { literal: encodeURI(target) },
    { variable: 'is_args' as const },
    { variable: 'args' as const },
  ];
  return { path: { kind: 'exact', path }, action: { kind: 'redirect', status: 301, location } };
}
