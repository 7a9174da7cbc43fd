import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Deployment } from '../../api/apps/deployment.schema.ts';
import { ConfigMap } from '../../api/core/config-map.schema.ts';
import { Service } from '../../api/core/service.schema.ts';
import { applyConflict } from './conflicts.ts';
import { emptySet, parseFieldSet } from './field-set.ts';
import { capManagers, ownerKey, readManagers, writeManagers } from './managers.ts';
import { pathsOf } from './paths-of.ts';
import { structureOf } from './structure.ts';
import { Story } from './testing/story.ts';

const data = (values: Record<string, string>): object => ({ data: values });

describe('server-side apply', () => {
  it('sets what is applied and removes what is applied no longer', () => {
    const story = new Story(ConfigMap);
    story.apply('a', data({ x: '1', y: '1' }));
    story.apply('a', data({ x: '2' }));
    assert.deepEqual(story.object, data({ x: '2' }));
    assert.deepEqual(story.fieldsOf('a'), { 'f:data': { 'f:x': {} } });
  });

  it('leaves what others set', () => {
    const story = new Story(ConfigMap);
    story.apply('a', data({ x: '1' }));
    story.update('b', data({ x: '1', z: '3' }));
    story.apply('a', {});
    assert.deepEqual(story.object, data({ z: '3' }));
  });

  it('shares a field that two apply alike, until both have let it go', () => {
    const story = new Story(ConfigMap);
    story.apply('a', data({ x: '1' }));
    assert.equal(story.apply('b', data({ x: '1' })).conflicts.length, 0);
    story.apply('a', {});
    assert.deepEqual(story.object, data({ x: '1' }));
    story.apply('b', {});
    assert.deepEqual(story.object, {});
  });

  it('refuses what somebody else has set otherwise, and takes it when forced', () => {
    const story = new Story(ConfigMap);
    story.apply('a', data({ x: '1', y: '1' }));
    story.update('editor', data({ x: '2', y: '2' }));
    const { conflicts } = story.apply('a', data({ x: '1', y: '1' }));
    assert.equal(
      applyConflict(conflicts).message,
      'Apply failed with 2 conflicts: conflicts with "editor" using v1:\n- .data.x\n- .data.y',
    );
    story.apply('a', data({ x: '1', y: '1' }), { force: true });
    assert.deepEqual(story.object, data({ x: '1', y: '1' }));
    assert.equal(story.fieldsOf('editor'), undefined);
  });

  it('merges lists by their keys, with the protocol that goes without saying', () => {
    const story = new Story(Service);
    const ports = (...list: object[]): object => ({ spec: { ports: list } });
    story.apply('a', ports({ port: 80, name: 'web' }));
    story.apply('b', ports({ port: 53, protocol: 'UDP', name: 'dns' }));
    assert.deepEqual(story.object, ports({ port: 80, name: 'web' }, { port: 53, protocol: 'UDP', name: 'dns' }));
    assert.deepEqual(story.fieldsOf('a'), {
      'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } } },
    });
    story.apply('a', { spec: {} });
    assert.deepEqual(story.object, ports({ port: 53, protocol: 'UDP', name: 'dns' }));
  });

  it("keeps the order of what is applied, and everybody else's items where they stood", () => {
    const lists: readonly (readonly [live: string, applied: string, merged: string])[] = [
      ['', 'ab', 'ab'],
      ['ab', 'c', 'abc'],
      ['abc', 'b', 'abc'],
      ['abc', 'ca', 'bca'],
      ['axb', 'ba', 'xba'],
      ['ab', 'xb', 'axb'],
      ['xaby', 'ab', 'xaby'],
    ];
    for (const [live, applied, expected] of lists) {
      const story = new Story(Service);
      const ports = (text: string): object => ({
        spec: { ports: text.split('').map((name) => ({ port: name.charCodeAt(0), name })) },
      });
      if (live !== '') story.update('server', ports(live));
      story.apply('a', ports(applied), { force: true });
      const { spec } = story.object as { spec: { ports: { name: string }[] } };
      assert.equal(spec.ports.map(({ name }) => name).join(''), expected, `${live} with ${applied}`);
    }
  });

  it('owns a selector as a whole', () => {
    const story = new Story(Service);
    story.apply('a', { spec: { selector: { app: 'x' } } });
    const { conflicts } = story.apply('b', { spec: { selector: { app: 'y' } } });
    assert.deepEqual(
      conflicts.map(({ path }) => path),
      ['.spec.selector'],
    );
  });

  it('names items of lists by their keys in a conflict', () => {
    const story = new Story(Deployment);
    const image = (name: string): object => ({
      spec: { template: { spec: { containers: [{ name: 'web', image: name }] } } },
    });
    story.apply('a', image('one'));
    const { conflicts } = story.apply('b', image('two'));
    assert.deepEqual(
      conflicts.map(({ path }) => path),
      ['.spec.template.spec.containers[name="web"].image'],
    );
  });

  const entries = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'));
  it('by one alone, in any order, ends at what was applied last', () => {
    fc.assert(
      fc.property(fc.array(entries, { minLength: 1, maxLength: 6 }), (rounds) => {
        const story = new Story(ConfigMap);
        for (const round of rounds) story.apply('a', data(round));
        const last = rounds.at(-1) ?? {};
        const left = (story.object as { data?: unknown }).data ?? {};
        assert.deepEqual({ ...left }, { ...last });
      }),
    );
  });

  it('keeps every field that somebody owns, and drops every other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), entries), { maxLength: 8 }), (rounds) => {
        const story = new Story(ConfigMap);
        for (const [manager, round] of rounds) story.apply(manager, data(round), { force: true });
        let owned = emptySet;
        for (const { set } of story.managers.values()) owned = owned.union(set);
        const present = pathsOf(structureOf(ConfigMap), story.object ?? {});
        const named = (set: typeof owned): string[] =>
          [...set.paths()]
            .filter((path) => path.length > 1)
            .map(String)
            .toSorted();
        assert.deepEqual(named(present), named(owned));
      }),
    );
  });
});

describe('the record of updates', () => {
  it('gives a changed field to who changed it last', () => {
    const story = new Story(ConfigMap);
    story.update('a', data({ x: '1', y: '1' }));
    story.update('b', data({ x: '2', y: '1' }));
    assert.deepEqual(story.fieldsOf('a'), { 'f:data': { '.': {}, 'f:y': {} } });
    assert.deepEqual(story.fieldsOf('b'), { 'f:data': { 'f:x': {} } });
  });

  it('forgets who owns nothing any more', () => {
    const story = new Story(ConfigMap);
    story.update('a', data({ x: '1' }));
    story.update('b', {});
    assert.equal(story.managers.size, 0);
  });

  it('does not grow without end', () => {
    const owned = Array.from({ length: 14 }, (_, index) => ({
      manager: `m${index}`,
      operation: 'Update' as const,
      apiVersion: 'v1',
      subresource: '',
      time: `2026-01-01T00:00:${String(index).padStart(2, '0')}Z`,
      set: parseFieldSet({ 'f:data': { [`f:${index}`]: {} } }) ?? emptySet,
    }));
    const capped = capManagers(new Map(owned.map((each) => [ownerKey(each), each])));
    assert.equal(capped.size, 10);
    const ancient = [...capped.values()].find(({ manager }) => manager === 'ancient-changes');
    assert.deepEqual(ancient?.set.toJson(), {
      'f:data': { 'f:0': {}, 'f:1': {}, 'f:2': {}, 'f:3': {}, 'f:4': {} },
    });
  });

  it('is read as it was written', () => {
    const story = new Story(Service);
    story.apply('a', { spec: { ports: [{ port: 80 }], selector: { app: 'x' } } });
    const written = writeManagers(story.managers);
    assert.deepEqual(writeManagers(readManagers(written) ?? new Map()), written);
  });

  it('is none when it is damaged', () => {
    assert.equal(readManagers([{ manager: 'a', operation: 'Nonsense', apiVersion: 'v1' }]), undefined);
    assert.equal(parseFieldSet({ nonsense: {} }), undefined);
    assert.equal(parseFieldSet({ 'f:a': 1 }), undefined);
  });
});
