import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { AnyKind } from './kind.ts';
import { kinds } from './kinds.ts';

const resourceOf = ({ group, plural }: AnyKind): string => (group === '' ? plural : `${plural}.${group}`);

it('no two resources answer to one name', () => {
  const owners = new Map<string, string>();
  // Events have two groups, and share their short name as upstream's do.
  const known = new Set(['ev', 'event', 'events']);
  for (const kind of kinds) {
    for (const name of [...kind.shortNames, kind.singular, kind.plural].filter((each) => !known.has(each))) {
      const owner = owners.get(name) ?? resourceOf(kind);
      assert.equal(owner, resourceOf(kind), name);
      owners.set(name, owner);
    }
  }
});

it('every kind is declared once', () => {
  const names = kinds.map(({ group, version, kind }) => `${group}/${version}/${kind}`);
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) < index),
    [],
  );
});

it('tables begin with the name; as upstream, a few kinds show no more than when they were made', () => {
  const plain = kinds.filter(({ columns, verbs }) => columns === undefined && verbs.includes('list'));
  assert.deepEqual(
    plain.map(({ kind }) => kind),
    ['LimitRange', 'ClusterRole', 'Role'],
  );
  for (const { kind, columns } of kinds) {
    if (columns === undefined || kind === 'Event') continue;
    assert.deepEqual([columns[0]?.name, columns[0]?.format], ['Name', 'name'], kind);
    const names = columns.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length, kind);
  }
});

it('the kind in which others are kept is declared, too', () => {
  for (const { storedAs } of kinds) {
    if (storedAs === undefined) continue;
    const { group, version, kind } = storedAs;
    assert.ok(kinds.some((each) => each.group === group && each.version === version && each.kind === kind));
  }
});
