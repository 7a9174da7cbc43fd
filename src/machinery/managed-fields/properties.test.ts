import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { jsonEqual } from '../json.ts';
import type { FieldSet } from './field-set.ts';
import { emptySet, parseFieldSet } from './field-set.ts';
import { writeManagers } from './managers.ts';
import { mergeApplied } from './merge.ts';
import { pathsOf } from './paths-of.ts';
import { structureOf } from './structure.ts';
import { configuration, inOneOrder, Specimen } from './testing/specimen.ts';
import { Story } from './testing/story.ts';

const structure = structureOf(Specimen);
const applier = fc.constantFrom('a', 'b', 'c');
const applications = fc.array(fc.tuple(applier, configuration), { minLength: 1, maxLength: 5 });
const check = <T>(property: fc.IProperty<T>): void => fc.assert(property, { numRuns: 300 });

/** Everybody applies in turn, taking what others have set otherwise. */
function told(rounds: readonly (readonly [string, object])[]): Story {
  const story = new Story(Specimen);
  for (const [manager, applied] of rounds) story.apply(manager, applied, { force: true });
  return story;
}
const texts = (set: FieldSet): string[] => [...set.paths()].map((path) => path.join(' '));
const ownedIn = (story: Story): FieldSet =>
  [...story.managers.values()].reduce((all, { set }) => all.union(set), emptySet);

describe('whatever is applied before', () => {
  it('applying twice changes nothing, not even a time', () => {
    check(
      fc.property(applications, (rounds) => {
        const story = told(rounds);
        const before = [story.object, writeManagers(story.managers)];
        const [manager, applied] = rounds.at(-1) ?? ['a', {}];
        const { conflicts } = story.apply(manager, applied);
        assert.deepEqual([conflicts, story.object, writeManagers(story.managers)], [[], ...before]);
      }),
    );
  });

  it('the object has all that is applied', () => {
    check(
      fc.property(applications, (rounds) => {
        const { object } = told(rounds);
        assert.ok(jsonEqual(mergeApplied(structure, object, rounds.at(-1)?.[1]), object));
      }),
    );
  });

  it('what others own, and the applier does not set, stays', () => {
    check(
      fc.property(applications, applier, configuration, (rounds, manager, applied) => {
        const story = told(rounds);
        const mine = new Set(texts(pathsOf(structure, applied)));
        const theirs = [...story.managers.values()].filter((owned) => owned.manager !== manager);
        const left = theirs.flatMap(({ set }) => texts(set)).filter((path) => !mine.has(path));
        story.apply(manager, applied, { force: true });
        const now = new Set(texts(pathsOf(structure, story.object)));
        for (const path of left) assert.ok(now.has(path), path);
      }),
    );
  });

  it('every field belongs to somebody, and nobody owns what is not there', () => {
    check(
      fc.property(applications, (rounds) => {
        const story = told(rounds);
        const present = texts(pathsOf(structure, story.object));
        const owned = texts(ownedIn(story));
        assert.deepEqual(present.toSorted(), owned.toSorted());
      }),
    );
  });

  it('who applies nothing any more leaves no trace', () => {
    check(
      fc.property(configuration, configuration, (mine, theirs) => {
        const story = told([['b', theirs]]);
        const before = story.object;
        if (story.apply('a', mine).conflicts.length > 0) return;
        story.apply('a', {});
        assert.deepEqual(inOneOrder(story.object), inOneOrder(before));
        assert.equal(story.entry('a'), undefined);
      }),
    );
  });

  it('two who do not conflict may come in either order', () => {
    check(
      fc.property(configuration, configuration, (one, other) => {
        const there = new Story(Specimen);
        there.apply('a', one);
        if (there.apply('b', other).conflicts.length > 0) return;
        const back = told([
          ['b', other],
          ['a', one],
        ]);
        assert.deepEqual(inOneOrder(back.object), inOneOrder(there.object));
        for (const manager of ['a', 'b']) assert.deepEqual(back.fieldsOf(manager), there.fieldsOf(manager));
      }),
    );
  });

  it('there is a conflict exactly where another one has another value', () => {
    check(
      fc.property(configuration, configuration, (one, other) => {
        const story = told([['b', one]]);
        const { conflicts } = story.apply('a', other);
        const both = pathsOf(structure, one).intersection(pathsOf(structure, other));
        const merged = mergeApplied(structure, one, other);
        const isSame = jsonEqual(inOneOrder(merged), inOneOrder(mergeApplied(structure, merged, one)));
        assert.equal(conflicts.length > 0, !isSame && !both.isEmpty);
      }),
    );
  });
});

it('a set of fields is read as it was written', () => {
  check(
    fc.property(configuration, (applied) => {
      const set = pathsOf(structure, applied);
      assert.ok(parseFieldSet(JSON.parse(JSON.stringify(set.toJson())))?.equals(set));
    }),
  );
});

it('sets of fields follow the laws of sets', () => {
  check(
    fc.property(configuration, configuration, (one, other) => {
      const [a, b] = [pathsOf(structure, one), pathsOf(structure, other)];
      assert.ok(a.union(b).equals(b.union(a)));
      assert.ok(a.intersection(b).equals(b.intersection(a)));
      assert.ok(a.difference(b).union(a.intersection(b)).equals(a));
      assert.ok(a.difference(b).intersection(b).isEmpty);
    }),
  );
});
