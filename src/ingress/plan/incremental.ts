import type { Ingress } from '../../api/networking/ingress.schema.ts';
import { prefix } from './annotations/reader.ts';
import type { RouteContext, RoutePlan } from './routes.ts';
import { planRoutes, referencedSecrets } from './routes.ts';

/** Whatever a plan depends on beside the Ingresses; where it is the same, so is the plan. */
export interface Surroundings {
  /** Grows with every change of what `secret` does not cover. */
  readonly epoch: number;
  /** A Secret as it is now, by `namespace/name`: the same object as long as it has not changed. */
  readonly secret: (key: string) => object | undefined;
}

interface Part {
  /** Everything that the part was planned from, to be compared by identity. */
  readonly from: readonly unknown[];
  readonly plan: RoutePlan;
}

/**
 * Plans as `planRoutes`, but anew only for those Ingresses that have changed and for others that have a host in common
 * with them: routes of different hosts do not bear on each other. Hosts that stay the same are the same objects.
 */
export class IncrementalPlan {
  #parts = new Map<string, Part>();
  readonly #facts = new WeakMap<Ingress, Facts>();

  plan(ingresses: readonly Ingress[], context: RouteContext, surroundings: Surroundings): RoutePlan {
    const before = this.#parts;
    this.#parts = new Map();
    const plans: RoutePlan[] = [];
    for (const [name, members] of this.#groups(ingresses)) {
      const from = members.flatMap((ingress): readonly unknown[] => [
        ingress,
        ...this.#factsOf(ingress).secrets.map(surroundings.secret),
      ]);
      from.push(surroundings.epoch);
      const known = before.get(name);
      const part =
        known !== undefined && isSame(known.from, from) ? known : { from, plan: planRoutes(members, context) };
      this.#parts.set(name, part);
      plans.push(part.plan);
    }
    return {
      table: { hosts: plans.flatMap(({ table }) => table.hosts) },
      problems: plans.flatMap(({ problems }) => problems),
    };
  }

  /** Ingresses that share hosts, directly or through others, under the name of one of the hosts. */
  #groups(ingresses: readonly Ingress[]): ReadonlyMap<string, readonly Ingress[]> {
    const parents = new Map<string, string>();
    const root = (host: string): string => {
      let at = host;
      for (let up = parents.get(at); up !== undefined && up !== at; up = parents.get(at)) at = up;
      return at;
    };
    for (const ingress of ingresses) {
      const [first = '', ...others] = this.#factsOf(ingress).hosts;
      for (const host of others) {
        const [a, b] = [root(first), root(host)];
        // The lesser name stands for both, so that a group keeps its name whatever the order.
        if (a !== b) parents.set(a < b ? b : a, a < b ? a : b);
      }
    }
    const groups = new Map<string, Ingress[]>();
    for (const ingress of ingresses) {
      const name = root(this.#factsOf(ingress).hosts[0] ?? '');
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [ingress]);
      else group.push(ingress);
    }
    return groups;
  }

  #factsOf(ingress: Ingress): Facts {
    const known = this.#facts.get(ingress);
    if (known !== undefined) return known;
    const facts = { hosts: hostsOf(ingress), secrets: [...referencedSecrets([ingress])] };
    this.#facts.set(ingress, facts);
    return facts;
  }
}

interface Facts {
  readonly hosts: readonly string[];
  readonly secrets: readonly string[];
}

/** The hosts that an Ingress has something to do with; `www.` makes no difference, as it may be redirected to or from. */
function hostsOf({ metadata, spec: { rules = [] } }: Ingress): readonly string[] {
  const aliases = (metadata.annotations?.[`${prefix}server-alias`] ?? '').split(/[\s,]+/);
  const named = [...rules.map(({ host = '' }) => host), ...aliases.filter((alias) => alias !== '')];
  return [...new Set((rules.length === 0 ? ['', ...named] : named).map(plainName))];
}

function plainName(host: string): string {
  const name = host.toLowerCase();
  return name.startsWith('www.') ? name.slice(4) : name;
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
