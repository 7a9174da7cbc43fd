import type { NftObject } from '../../system/nftables.ts';
import type { Rule } from '../model.ts';
import { mapNames } from '../model.ts';
import type { Ruleset } from '../ruleset.ts';

type Elements = ReadonlyMap<string, string>;

interface Found {
  readonly chains: ReadonlyMap<string, readonly string[]>;
  readonly elements: ReadonlyMap<string, Elements>;
}

/**
 * What the kernel has that the ruleset does not, or has otherwise, or lacks: chains, the number of their rules and
 * where each sends packets, and all elements. `current` is nft's JSON of the table; `unused` names chains and sets
 * that wait to be deleted.
 */
export function differences(
  current: readonly NftObject[],
  ruleset: Ruleset,
  unused: ReadonlySet<string>,
): readonly string[] {
  const found = readTable(current);
  const wanted = new Map<string, readonly Rule[]>(ruleset.skeleton.chains.map(({ name, rules }) => [name, rules]));
  for (const [name, rules] of ruleset.chains) wanted.set(name, rules);
  const faults: string[] = [];
  for (const [name, rules] of wanted) {
    const targets = found.chains.get(name);
    if (targets === undefined) faults.push(`chain ${name} is missing`);
    else if (targets.join('\n') !== rules.map(wantedTargets).join('\n')) faults.push(`chain ${name} has other rules`);
  }
  for (const name of found.chains.keys()) {
    if (!wanted.has(name) && !unused.has(name)) faults.push(`chain ${name} is foreign`);
  }
  for (const map of mapNames) {
    const elements = [...(ruleset.verdicts.get(map) ?? [])].map(([key, verdict]) => {
      return [key, verdict === 'drop' ? 'drop' : verdict.goto] as const;
    });
    faults.push(...compareElements(map, new Map(elements), found.elements.get(map)));
  }
  const hairpins = new Map([...ruleset.hairpins].map((key) => [key, '']));
  faults.push(...compareElements('hairpin-connections', hairpins, found.elements.get('hairpin-connections')));
  const nodePortIps = new Map(ruleset.skeleton.nodePortAddresses.map((key) => [key, '']));
  faults.push(...compareElements('nodeport-ips', nodePortIps, found.elements.get('nodeport-ips')));
  for (const name of ruleset.affinitySets.keys()) {
    if (!found.elements.has(name)) faults.push(`set ${name} is missing`);
  }
  return faults;
}

function compareElements(name: string, wanted: Elements, found: Elements | undefined): readonly string[] {
  if (found === undefined) return [`${name} is missing`];
  const faults: string[] = [];
  for (const [key, value] of wanted) if (found.get(key) !== value) faults.push(`${name} lacks ${key}`);
  for (const key of found.keys()) if (!wanted.has(key)) faults.push(`${name} has ${key} besides`);
  return faults;
}

/** The chains, maps, and addresses that a rule leads to, in order of appearance, as `foundTargets` reads them. */
function wantedTargets({ actions }: Rule): string {
  return actions
    .flatMap((action): readonly string[] => {
      switch (action.action) {
        case 'jump':
        case 'goto':
          return [action.chain];
        case 'lookup':
          return [`@${action.map}`];
        case 'choose':
          return action.chains;
        case 'translate':
          return action.to.map(({ ip, port }) => `${ip}:${port}`);
        case 'drop':
          return ['drop'];
        default:
          return [];
      }
    })
    .join(' ');
}

interface Expression {
  readonly jump?: { readonly target: string };
  readonly goto?: { readonly target: string };
  readonly drop?: null;
  readonly vmap?: { readonly data: unknown };
  readonly dnat?: { readonly addr: unknown; readonly port?: unknown };
}

function foundTargets(expressions: readonly Expression[]): string {
  return expressions
    .flatMap((expression): readonly string[] => {
      const chain = expression.jump?.target ?? expression.goto?.target;
      if (chain !== undefined) return [chain];
      if ('drop' in expression) return ['drop'];
      if (expression.vmap !== undefined) return mapTargets(expression.vmap.data);
      if (expression.dnat === undefined) return [];
      const { addr, port } = expression.dnat;
      if (typeof addr === 'string') return [`${addr}:${String(port)}`];
      return mapTargets((addr as { readonly map?: { readonly data: unknown } }).map?.data);
    })
    .join(' ');
}

function mapTargets(data: unknown): readonly string[] {
  if (typeof data === 'string') return [data];
  const entries = (data as { readonly set?: readonly (readonly [unknown, unknown])[] } | undefined)?.set ?? [];
  return entries.map(([, value]) => {
    const { goto, concat } = value as { goto?: { target: string }; concat?: readonly unknown[] };
    return goto?.target ?? (concat ?? []).join(':');
  });
}

function readTable(current: readonly NftObject[]): Found {
  const chains = new Map<string, string[]>();
  const elements = new Map<string, Elements>();
  for (const { chain, rule, set, map } of current) {
    if (chain !== undefined) chains.set(String(chain['name']), []);
    if (rule !== undefined) {
      chains.get(String(rule['chain']))?.push(foundTargets((rule['expr'] ?? []) as readonly Expression[]));
    }
    const holder = set ?? map;
    if (holder !== undefined) elements.set(String(holder['name']), readElements(holder['elem']));
  }
  return { chains, elements };
}

function readElements(list: unknown): Elements {
  const entries = Array.isArray(list) ? (list as readonly unknown[]) : [];
  return new Map(
    entries.map((entry) => {
      if (!Array.isArray(entry)) return [keyText(entry), ''];
      const [key, verdict] = entry as readonly unknown[] as readonly [unknown, { goto?: { target: string } }];
      return [keyText(key), verdict.goto?.target ?? 'drop'];
    }),
  );
}

function keyText(key: unknown): string {
  if (typeof key !== 'object' || key === null) return String(key);
  const { concat, prefix } = key as {
    concat?: readonly unknown[];
    prefix?: { addr: string; len: number };
  };
  if (prefix !== undefined) return `${prefix.addr}/${prefix.len}`;
  return (concat ?? []).join(' . ');
}
