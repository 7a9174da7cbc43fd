import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Deployment } from '../../api/apps/deployment.schema.ts';
import { ConfigMap } from '../../api/core/config-map.schema.ts';
import { Pod } from '../../api/core/pod.schema.ts';
import type { Schema } from '../../api/schema.ts';
import { int32, list, listMap, mapOf, message, optional, setOf, string } from '../../api/schema.ts';
import { applyConflict } from './conflicts.ts';
import { parseFieldSet } from './field-set.ts';
import { ownerKey, writeManagers } from './managers.ts';
import { Story } from './testing/story.ts';
import { typedFaults } from './typed-faults.ts';
import type { Version } from './versions.ts';
import { structureOf } from './structure.ts';

/** What upstream's documentation shows of server-side apply, case by case. */
describe('as documented', () => {
  it('records who applied what', () => {
    const story = new Story(ConfigMap);
    story.apply('kubectl', {
      metadata: { name: 'test-cm', namespace: 'default', labels: { 'test-label': 'test' } },
      data: { key: 'some value' },
    });
    assert.deepEqual(writeManagers(story.managers), [
      {
        manager: 'kubectl',
        operation: 'Apply',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:metadata': { 'f:labels': { 'f:test-label': {} } }, 'f:data': { 'f:key': {} } },
      },
    ]);
  });

  it('an update takes its field away from who applied it, and applying again conflicts', () => {
    const story = new Story(ConfigMap);
    story.apply('kubectl', { metadata: { labels: { 'test-label': 'test' } }, data: { key: 'some value' } });
    story.update('kube-controller-manager', {
      metadata: { labels: { 'test-label': 'test' } },
      data: { key: 'new value' },
    });
    assert.deepEqual(story.fieldsOf('kubectl'), { 'f:metadata': { 'f:labels': { 'f:test-label': {} } } });
    assert.deepEqual(story.fieldsOf('kube-controller-manager'), { 'f:data': { 'f:key': {} } });
    const { conflicts } = story.apply('kubectl', { data: { key: 'some value' } });
    const { message: text, details } = applyConflict(conflicts);
    assert.equal(text, 'Apply failed with 1 conflict: conflict with "kube-controller-manager" using v1: .data.key');
    assert.deepEqual(details?.causes, [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "kube-controller-manager" using v1',
        field: '.data.key',
      },
    ]);
  });

  it('hands replicas over to an autoscaler without ever losing them', () => {
    const story = new Story(Deployment);
    const deployment = (replicas?: number): object => ({
      spec: {
        ...(replicas === undefined ? {} : { replicas }),
        template: { spec: { containers: [{ name: 'nginx' }] } },
      },
    });
    story.apply('user', deployment(3));
    assert.deepEqual(story.apply('handover-to-hpa', { spec: { replicas: 3 } }).conflicts, []);
    story.apply('user', deployment());
    assert.equal((story.object as { spec: { replicas?: number } }).spec.replicas, 3);
    story.update('kube-controller-manager', deployment(9), { subresource: 'scale' });
    assert.equal(story.entry('handover-to-hpa'), undefined);
    assert.deepEqual(story.fieldsOf('kube-controller-manager'), { 'f:spec': { 'f:replicas': {} } });
    assert.deepEqual(story.apply('user', deployment()).conflicts, []);
    const { message: text } = applyConflict(story.apply('user', deployment(3)).conflicts);
    const owner = '"kube-controller-manager" with subresource "scale" using v1';
    assert.equal(text, `Apply failed with 1 conflict: conflict with ${owner}: .spec.replicas`);
  });

  it('reads an owner of the whole as the owner of the parts, when a list is divided, and the other way round', () => {
    const Item = message('Item', { name: optional(1, string), value: optional(2, string) });
    const kindWith = (schema: Schema): Story =>
      new Story({
        ...message('Foo', { spec: optional(1, message('Spec', { items: optional(1, schema) })) }),
        structural: {},
      });
    const items = { spec: { items: [{ name: 'a', value: '1' }, { name: 'b' }] } };
    const whole = kindWith(list(Item));
    whole.apply('a', items);
    const divided = kindWith(listMap(Item, ['name']));
    Object.assign(divided, { object: whole.object, managers: whole.managers });
    divided.apply('b', { spec: { items: [{ name: 'c' }] } });
    assert.deepEqual(divided.fieldsOf('a'), {
      'f:spec': {
        'f:items': {
          '.': {},
          'k:{"name":"a"}': { '.': {}, 'f:name': {}, 'f:value': {} },
          'k:{"name":"b"}': { '.': {}, 'f:name': {} },
        },
      },
    });
    Object.assign(whole, { object: divided.object, managers: divided.managers });
    whole.update('c', divided.object as object);
    assert.deepEqual(whole.fieldsOf('b'), { 'f:spec': { 'f:items': {} } });
  });
});

describe('ownership', () => {
  const data = (values: Record<string, string>): object => ({ data: values });

  it('of a status comes through its subresource alone: elsewhere it neither is taken nor conflicts', () => {
    const story = new Story(Deployment);
    const ignored = { ignored: ['f:status'] };
    story.apply('user', { spec: { replicas: 1 } }, ignored);
    story.update('controller', { spec: { replicas: 1 }, status: { replicas: 1 } }, { subresource: 'status' });
    const { conflicts } = story.apply('user', { spec: { replicas: 1 }, status: { replicas: 7 } }, ignored);
    assert.deepEqual(conflicts, []);
    assert.deepEqual(story.fieldsOf('user'), { 'f:spec': { 'f:replicas': {} } });
    assert.deepEqual(story.fieldsOf('controller'), { 'f:status': { '.': {}, 'f:replicas': {} } });
  });

  it('through different subresources is told apart', () => {
    const story = new Story(Deployment);
    story.apply('one', { spec: { replicas: 1 } });
    story.apply('one', { status: { replicas: 1 } }, { subresource: 'status' });
    assert.equal(story.managers.size, 2);
    story.apply('one', { spec: { replicas: 1 } });
    assert.deepEqual(story.object, { spec: { replicas: 1 }, status: { replicas: 1 } });
  });

  it('is dated by the last write that changed the object or who owns what', () => {
    const story = new Story(ConfigMap);
    const second = (manager: string): string | undefined => story.entry(manager)?.time?.slice(17, 19);
    story.apply('a', data({ x: '1' }));
    story.apply('a', data({ x: '1' }));
    assert.equal(second('a'), '00');
    story.apply('a', data({ x: '2' }));
    assert.equal(second('a'), '02');
    story.update('b', data({ x: '2', y: '1' }));
    story.update('b', data({ x: '2', y: '1' }));
    assert.equal(second('b'), '03');
    story.update('b', data({ x: '2', y: '2' }));
    assert.equal(second('b'), '05');
  });

  it('of repeated items is one, and a merge keeps them', () => {
    const story = new Story(Pod);
    const env = (...list: object[]): object => ({ spec: { containers: [{ name: 'a', env: list }] } });
    const twice = [
      { name: 'X', value: '1' },
      { name: 'X', value: '2' },
    ];
    story.update('old', env(...twice));
    assert.deepEqual(JSON.stringify(story.fieldsOf('old')).includes('"k:{\\"name\\":\\"X\\"}":{}'), true);
    story.apply('a', env({ name: 'Y', value: '3' }), { force: true });
    assert.deepEqual(story.object, env(...twice, { name: 'Y', value: '3' }));
  });

  it('of the oldest updaters of a version becomes one, and nobody else is touched', () => {
    const updaters = Array.from({ length: 11 }, (_, index) => ({
      manager: `m${index}`,
      operation: 'Update' as const,
      apiVersion: index === 1 ? 'other/v1' : 'v1',
      subresource: '',
      time: `2026-01-01T00:00:${String(index).padStart(2, '0')}Z`,
      set: parseFieldSet({ 'f:data': { [`f:${index}`]: {} } }) ?? assert.fail(),
    }));
    const same = (object: unknown): unknown => object;
    const other = { structure: structureOf(ConfigMap), convert: same, convertBack: same };
    const story = new Story(ConfigMap, { versions: () => other });
    story.managers = new Map(updaters.map((owned) => [ownerKey(owned), owned]));
    for (const name of ['a', 'b', 'c']) story.apply(name, data({ [name]: '1' }));
    story.update('m10', data({ a: '1', b: '1', c: '1', d: '1' }));
    const names = [...story.managers.values()].map(({ manager }) => manager);
    const kept = ['m1', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', 'a', 'b', 'c'];
    assert.deepEqual(names.toSorted(), [...kept, 'ancient-changes'].toSorted());
    assert.deepEqual(story.fieldsOf('ancient-changes'), { 'f:data': { 'f:0': {}, 'f:2': {} } });
  });
});

describe('across versions', () => {
  const Old = message('Old', {
    spec: optional(1, message('OldSpec', { size: optional(1, int32), names: optional(2, setOf(string)) })),
  });
  const New = message('New', {
    spec: optional(1, message('NewSpec', { volume: optional(1, int32), names: optional(2, setOf(string)) })),
  });
  type Spec = { readonly spec?: Readonly<Record<string, unknown>> };
  const renamed = (from: string, to: string) => (object: unknown) => {
    const { spec = {} } = object as Spec;
    const { [from]: value, ...rest } = spec;
    return { spec: { ...rest, ...(value === undefined ? {} : { [to]: value }) } };
  };
  const asOld: Version = {
    structure: structureOf(Old),
    convert: renamed('volume', 'size'),
    convertBack: renamed('size', 'volume'),
  };
  /** Begins in the old version, and goes on in the new one. */
  const converted = (old: Story): Story => {
    const story = new Story(New, { apiVersion: 'v2', versions: (version) => (version === 'v1' ? asOld : undefined) });
    return Object.assign(story, { object: renamed('size', 'volume')(old.object), managers: old.managers });
  };

  it('who applied in one version removes in another by no longer applying', () => {
    const old = new Story(Old);
    old.apply('a', { spec: { size: 1, names: ['x', 'y'] } });
    const story = converted(old);
    story.apply('a', { spec: { names: ['y'] } });
    assert.deepEqual(story.object, { spec: { names: ['y'] } });
    assert.deepEqual(
      [...story.managers.values()].map(({ apiVersion }) => apiVersion),
      ['v2'],
    );
  });

  it('a field conflicts under the name that its owner knows', () => {
    const old = new Story(Old);
    old.update('a', { spec: { size: 1 } });
    const { conflicts } = converted(old).apply('b', { spec: { volume: 2 } });
    assert.equal(
      applyConflict(conflicts).message,
      'Apply failed with 1 conflict: conflict with "a" using v1: .spec.size',
    );
    assert.deepEqual(converted(old).apply('b', { spec: { volume: 1 } }).conflicts, []);
  });

  it('what somebody owns in another version stays', () => {
    const old = new Story(Old);
    old.apply('a', { spec: { size: 1, names: ['x'] } });
    old.apply('b', { spec: { size: 1, names: ['y'] } });
    const story = converted(old);
    story.apply('a', {});
    assert.deepEqual(story.object, { spec: { volume: 1, names: ['y'] } });
  });

  it('an update takes a field from whoever owns it in another version', () => {
    const old = new Story(Old);
    old.apply('a', { spec: { size: 1, names: ['x'] } });
    const story = converted(old);
    story.update('b', { spec: { volume: 2, names: ['x'] } });
    assert.deepEqual(story.fieldsOf('a'), { 'f:spec': { 'f:names': { 'v:"x"': {} } } });
  });

  it('nobody owns anything in a version that is not served any more', () => {
    const story = new Story(New, { apiVersion: 'v2', versions: () => undefined });
    const gone = { manager: 'a', operation: 'Update', apiVersion: 'v0', subresource: '', time: undefined } as const;
    story.managers = new Map([[ownerKey(gone), { ...gone, set: parseFieldSet({ 'f:spec': {} }) ?? assert.fail() }]]);
    story.apply('b', { spec: { volume: 1 } });
    assert.equal(story.entry('a'), undefined);
  });
});

describe('what cannot be applied', () => {
  const container = (fields: object): object => ({ spec: { containers: [{ name: 'web', ...fields }] } });
  const at = '.spec.containers[name="web"]';
  const cases: Record<string, { applied: object; faults: readonly string[] }> = {
    'nothing wrong': { applied: container({ image: 'x', resources: { limits: { cpu: 1 } } }), faults: [] },
    'an unknown field': { applied: container({ foo: 1 }), faults: [`${at}.foo: field not declared in schema`] },
    'a number for a string': {
      applied: container({ env: [{ name: 'PORT', value: 8080 }] }),
      faults: [`${at}.env[name="PORT"].value: expected string, got &value.valueUnstructured{Value:8080}`],
    },
    'a string for a number': {
      applied: { spec: { priority: '3' } },
      faults: ['.spec.priority: expected numeric (int or float), got string'],
    },
    'a list for an object': {
      applied: { spec: [] },
      faults: ['.spec: expected map, got &value.valueUnstructured{Value:[]interface {}{}}'],
    },
    'a repeated key': {
      applied: container({ env: [{ name: 'A' }, { name: 'A' }] }),
      faults: [`${at}.env: duplicate entries for key [name="A"]`],
    },
    'a repeated item of a set': {
      applied: { metadata: { finalizers: ['a/b', 'a/b'] } },
      faults: ['.metadata.finalizers: duplicate entries for key [="a/b"]'],
    },
    'an item without its key': {
      applied: { spec: { containers: [{ image: 'x' }] } },
      faults: [
        '.spec.containers: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
      ],
    },
  };
  for (const [name, { applied, faults }] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(typedFaults(Pod, applied), faults));
  }

  it('an unknown field of a map is one of its keys', () => {
    assert.deepEqual(typedFaults(mapOf(string), { a: '1', b: null }), []);
  });
});
