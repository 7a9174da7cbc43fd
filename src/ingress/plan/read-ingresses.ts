import type { Ingress } from '../../api/networking/ingress.schema.ts';
import type { Route } from '../model/route-table.ts';
import { hostKey } from '../model/route-table.ts';
import type { IngressRules, RuleContext } from './ingress-rules.ts';
import { readIngress } from './ingress-rules.ts';

export interface ReadIngress {
  readonly ingress: Ingress;
  readonly read: IngressRules;
}

/** Reads all Ingresses, in the order given, each as its class reads paths. */
export function readIngresses(ingresses: readonly Ingress[], context: RuleContext): readonly ReadIngress[] {
  const isLoose = (ingress: Ingress): boolean => context.handling?.(ingress) === 'ingress-nginx';
  const all = ingresses.map((ingress) => ({ ingress, read: readIngress(ingress, context) }));
  const patternHosts = new Set(
    all
      .filter(({ ingress, read }) => read.settings.usePatterns && isLoose(ingress))
      .flatMap(({ read }) => read.rules.map(({ host }) => hostKey(host))),
  );
  if (patternHosts.size === 0) return all;
  return all.map(({ ingress, read }) => {
    const isConcerned = isLoose(ingress) && read.rules.some(({ host }) => patternHosts.has(hostKey(host)));
    return { ingress, read: isConcerned ? readIngress(ingress, { ...context, patternHosts }) : read };
  });
}

/** The redirects to paths that end in a slash, by host, of those hosts where nobody has the path without it. */
export function slashRedirects(all: readonly ReadIngress[]): ReadonlyMap<string, readonly Route[]> {
  const redirects = new Map<string, readonly Route[]>();
  const rulesOf = Map.groupBy(
    all.flatMap(({ read }) => read.rules),
    ({ host }) => hostKey(host),
  );
  for (const [key, rules] of rulesOf) {
    const wanted = rules.flatMap(({ slashRedirects: own }) => own);
    if (wanted.length === 0) continue;
    const taken = new Set(rules.flatMap(({ texts }) => texts));
    redirects.set(
      key,
      wanted.filter(({ path }) => path.kind !== 'pattern' && !taken.has(path.path)),
    );
  }
  return redirects;
}
