import { isIPv4 } from 'node:net';
import type { NftObject } from '../../system/nftables.ts';
import type { Action, HookPoint, MapName, Match, Rule, Verdict } from '../model.ts';
import { mapKeys, mapNames, protocolNumber } from '../model.ts';
import type { Changes, Ruleset } from '../ruleset.ts';

/** The only table that the proxy touches, in the namespace of its node. */
export const tableName = 'cox-proxy';

/** The bit of the packet mark that asks for masquerading, as upstream's default. */
export const masqueradeMark = 0x4000;
const markText = `0x${masqueradeMark.toString(16)}`;

const keyTypes = {
  address: 'ipv4_addr',
  'address-protocol-port': 'ipv4_addr . inet_proto . inet_service',
  'protocol-port': 'inet_proto . inet_service',
} as const;
const keyExpressions = {
  address: 'ip daddr',
  'address-protocol-port': 'ip daddr . meta l4proto . th dport',
  'protocol-port': 'meta l4proto . th dport',
} as const;
const hairpinExpression = 'ip saddr . ip daddr . meta l4proto . th dport';

function set(values: readonly string[]): string {
  return values.length === 1 && values[0] !== undefined ? values[0] : `{ ${values.join(', ')} }`;
}

function matchText(match: Match): string {
  switch (match.match) {
    case 'new-connection':
      return 'ct state new';
    case 'source':
      return `ip saddr ${match.not === true ? '!= ' : ''}${set(match.in)}`;
    case 'destination':
      return `ip daddr ${match.not === true ? '!= ' : ''}${set(match.in)}`;
    case 'source-is-local':
      return 'fib saddr type local';
    case 'source-in-set':
      return `ip saddr @${match.set}`;
    case 'destination-in-set':
      return `ip daddr @${match.set}`;
    case 'protocol':
      return `meta l4proto ${protocolNumber(match.protocol)}`;
    case 'chance':
      return `numgen random mod ${match.of} 0`;
    case 'marked':
      return `meta mark & ${markText} == ${markText}`;
    case 'hairpin':
      return `${hairpinExpression} @hairpin-connections`;
  }
}

function actionText(action: Action): string {
  switch (action.action) {
    case 'jump':
    case 'goto':
      return `${action.action} ${action.chain}`;
    case 'lookup':
      return `${keyExpressions[mapKeys[action.map]]} vmap @${action.map}`;
    case 'translate': {
      const [first, ...others] = action.to;
      if (first === undefined) throw new RangeError('a translation needs an endpoint');
      if (others.length === 0) return `dnat to ${first.ip}:${first.port}`;
      const targets = action.to.map(({ ip, port }, index) => `${index} : ${ip} . ${port}`);
      return `dnat ip to numgen random mod ${targets.length} map { ${targets.join(', ')} }`;
    }
    case 'choose': {
      if (action.chains.length === 1) return `goto ${action.chains[0]}`;
      const targets = action.chains.map((chain, index) => `${index} : goto ${chain}`);
      return `numgen random mod ${targets.length} vmap { ${targets.join(', ')} }`;
    }
    case 'remember-source':
      return `update @${action.set} { ip saddr }`;
    case 'mark':
      return `meta mark set meta mark | ${markText}`;
    case 'masquerade':
      // The mark has done its work, and must not be seen by whoever routes the packet next.
      return `meta mark set meta mark & 0xffffbfff masquerade fully-random`;
    case 'reject':
      return action.with === 'tcp-reset' ? 'reject with tcp reset' : 'reject with icmp type port-unreachable';
    case 'drop':
      return 'drop';
  }
}

/** A rule as nft reads it. */
export function ruleText({ matches, actions }: Rule): string {
  return [...matches.map(matchText), ...actions.map(actionText)].join(' ');
}

function hookText({ type, hook, priority }: HookPoint): string {
  return ` { type ${type} hook ${hook} priority ${priority}; policy accept; }`;
}

function verdictText(verdict: Verdict): string {
  return verdict === 'drop' ? 'drop' : `goto ${verdict.goto}`;
}

function affinitySetText(name: string, seconds: number): string {
  return `add set ip ${tableName} ${name} { type ipv4_addr; flags dynamic,timeout; timeout ${seconds}s; }`;
}

/** Elements a command: nft's parser takes long lists, but a bounded line keeps its memory bounded. */
const elementsPerCommand = 1000;

function* elementCommands(command: 'add' | 'delete', name: string, elements: readonly string[]): Generator<string> {
  for (let start = 0; start < elements.length; start += elementsPerCommand) {
    const part = elements.slice(start, start + elementsPerCommand);
    yield `${command} element ip ${tableName} ${name} { ${part.join(', ')} }`;
  }
}

/** The transaction that replaces the whole table, whatever was in it, without a moment in between. */
export function renderRuleset(ruleset: Ruleset): string {
  const { skeleton } = ruleset;
  const table = `ip ${tableName}`;
  // Declared first, so that the deletion finds a table also when there was none.
  const lines = [`add table ${table}`, `delete table ${table}`, `add table ${table}`];
  lines.push(`add set ${table} nodeport-ips { type ipv4_addr; flags interval; }`);
  lines.push(...elementCommands('add', 'nodeport-ips', skeleton.nodePortAddresses));
  lines.push(`add set ${table} hairpin-connections { type ipv4_addr . ${keyTypes['address-protocol-port']}; }`);
  for (const map of mapNames) lines.push(`add map ${table} ${map} { type ${keyTypes[mapKeys[map]]} : verdict; }`);
  for (const [name, seconds] of ruleset.affinitySets) lines.push(affinitySetText(name, seconds));
  for (const { name, hook } of skeleton.chains) {
    lines.push(`add chain ${table} ${name}${hook === undefined ? '' : hookText(hook)}`);
  }
  for (const name of ruleset.chains.keys()) lines.push(`add chain ${table} ${name}`);
  for (const { name, rules } of skeleton.chains) lines.push(...rulesOf(name, rules));
  for (const [name, rules] of ruleset.chains) lines.push(...rulesOf(name, rules));
  for (const [map, verdicts] of ruleset.verdicts) {
    lines.push(
      ...elementCommands(
        'add',
        map,
        [...verdicts].map(([key, verdict]) => `${key} : ${verdictText(verdict)}`),
      ),
    );
  }
  lines.push(...elementCommands('add', 'hairpin-connections', [...ruleset.hairpins]));
  return `${lines.join('\n')}\n`;
}

function rulesOf(chain: string, rules: readonly Rule[]): readonly string[] {
  return rules.map((rule) => `add rule ip ${tableName} ${chain} ${ruleText(rule)}`);
}

/** The transaction for a change: chains and sets first, so that whatever refers to them finds them. */
export function renderChanges(changes: Changes): string {
  const table = `ip ${tableName}`;
  const lines: string[] = [];
  for (const [name, seconds] of changes.addedSets) lines.push(affinitySetText(name, seconds));
  for (const name of changes.addedChains) lines.push(`add chain ${table} ${name}`);
  const added = new Set(changes.addedChains);
  for (const [name, rules] of changes.chains) {
    if (!added.has(name)) lines.push(`flush chain ${table} ${name}`);
    lines.push(...rulesOf(name, rules));
  }
  for (const [map, keys] of byMap(changes.removedVerdicts, ([, key]) => key)) {
    lines.push(...elementCommands('delete', map, keys));
  }
  for (const [map, elements] of byMap(
    changes.addedVerdicts,
    ([, key, verdict]) => `${key} : ${verdictText(verdict)}`,
  )) {
    lines.push(...elementCommands('add', map, elements));
  }
  lines.push(...elementCommands('delete', 'hairpin-connections', changes.removedHairpins));
  lines.push(...elementCommands('add', 'hairpin-connections', changes.addedHairpins));
  for (const name of changes.unusedChains) lines.push(`flush chain ${table} ${name}`);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function byMap<T extends readonly [MapName, ...unknown[]]>(
  items: readonly T[],
  text: (item: T) => string,
): ReadonlyMap<MapName, readonly string[]> {
  const groups = new Map<MapName, string[]>();
  for (const item of items) {
    const group = groups.get(item[0]);
    if (group === undefined) groups.set(item[0], [text(item)]);
    else group.push(text(item));
  }
  return groups;
}

/** Deletes what an earlier transaction has emptied. */
export function renderDeletions(chains: Iterable<string>, sets: Iterable<string>): string {
  const table = `ip ${tableName}`;
  const lines = [...chains].map((name) => `delete chain ${table} ${name}`);
  lines.push(...[...sets].map((name) => `delete set ${table} ${name}`));
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/**
 * The clients that the sets of the running table know, for those sets that the new table has as well, with the time
 * each has left. `current` is nft's JSON of the table.
 */
export function renderAffinityElements(ruleset: Ruleset, current: readonly NftObject[]): string {
  const lines: string[] = [];
  for (const { set: found } of current) {
    const name = found?.['name'];
    if (typeof name !== 'string' || !ruleset.affinitySets.has(name)) continue;
    const elements = (Array.isArray(found?.['elem']) ? (found['elem'] as readonly unknown[]) : []).flatMap((entry) => {
      const { val, timeout, expires } = (entry as { elem?: Record<string, unknown> }).elem ?? {};
      if (typeof val !== 'string' || !isIPv4(val) || typeof expires !== 'number' || expires < 1) return [];
      return [`${val} timeout ${Number(timeout ?? ruleset.affinitySets.get(name))}s expires ${expires}s`];
    });
    lines.push(...elementCommands('add', name, elements));
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
