import type { MapName, Verdict } from '../../model.ts';
import type { Changes } from '../../ruleset.ts';
import { tableName } from '../render.ts';
import type { Batch } from './batch.ts';
import { BatchWriter } from './batch.ts';
import { keyBytes } from './keys.ts';
import { writeRule } from './rules.ts';
import type { Element } from './sets.ts';
import { writeAffinitySet, writeElements } from './sets.ts';

/**
 * The transaction of `renderChanges` as netlink messages, which the kernel reads in time proportional to the change:
 * `nft` asks it for all chains of the table first. Throws an UnknownRuleError for rules that only a full sync has.
 */
export function encodeChanges(changes: Changes): Batch {
  const batch = new BatchWriter();
  for (const [name, seconds] of changes.addedSets) writeAffinitySet(batch, name, seconds);
  for (const name of changes.addedChains) writeChain(batch, 'add', name);
  const added = new Set(changes.addedChains);
  for (const [name, rules] of changes.chains) {
    if (!added.has(name)) writeFlush(batch, name);
    for (const rule of rules) writeRule(batch, name, rule);
  }
  const removed = new ElementGroups();
  for (const [map, key] of changes.removedVerdicts) removed.add(map, key);
  for (const key of changes.removedHairpins) removed.add('hairpin-connections', key);
  removed.write(batch, 'delete');
  const wanted = new ElementGroups();
  for (const [map, key, verdict] of changes.addedVerdicts) wanted.add(map, key, verdict);
  for (const key of changes.addedHairpins) wanted.add('hairpin-connections', key);
  wanted.write(batch, 'add');
  for (const name of changes.unusedChains) writeFlush(batch, name);
  return batch.finish();
}

/** Deletes what an earlier transaction has emptied. */
export function encodeDeletions(chains: Iterable<string>, sets: Iterable<string>): Batch {
  const batch = new BatchWriter();
  for (const name of chains) writeChain(batch, 'delete', name);
  for (const name of sets) {
    batch.message('deleteSet', `delete set ip ${tableName} ${name}`, () => {
      batch.text(1, tableName);
      batch.text(2, name);
    });
  }
  return batch.finish();
}

class ElementGroups {
  readonly #groups = new Map<MapName | 'hairpin-connections', Element[]>();

  add(set: MapName | 'hairpin-connections', key: string, verdict?: Verdict): void {
    const element = { key: keyBytes(key), ...(verdict === undefined ? {} : { verdict }) };
    const group = this.#groups.get(set);
    if (group === undefined) this.#groups.set(set, [element]);
    else group.push(element);
  }

  write(batch: BatchWriter, command: 'add' | 'delete'): void {
    for (const [name, elements] of this.#groups) writeElements(batch, command, { name }, elements);
  }
}

function writeChain(batch: BatchWriter, command: 'add' | 'delete', name: string): void {
  batch.message(command === 'add' ? 'newChain' : 'deleteChain', `${command} chain ip ${tableName} ${name}`, () => {
    batch.text(1, tableName);
    batch.text(3, name);
  });
}

/** The deletion of every rule of a chain. */
function writeFlush(batch: BatchWriter, name: string): void {
  batch.message('deleteRule', `flush chain ip ${tableName} ${name}`, () => {
    batch.text(1, tableName);
    batch.text(2, name);
  });
}
