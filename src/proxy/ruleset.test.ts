import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MapName, Rule, Verdict } from './model.ts';
import { mapNames } from './model.ts';
import { renderChanges, renderDeletions, renderRuleset } from './nftables/render.ts';
import { planService } from './plan/service.ts';
import { planSkeleton } from './plan/skeleton.ts';
import type { Changes, Ruleset } from './ruleset.ts';
import { RulesetTable } from './ruleset.ts';
import { testConfiguration, testEndpoint, testService, testSlice } from './testing/objects.ts';

/** A kernel that knows what a transaction does, and refuses what nft would refuse. */
class ModelKernel {
  readonly chains = new Map<string, readonly Rule[]>();
  readonly sets = new Map<string, number>();
  readonly verdicts = new Map<MapName, Map<string, Verdict>>(mapNames.map((map) => [map, new Map()]));
  readonly hairpins = new Set<string>();

  apply(changes: Changes): void {
    for (const [name, seconds] of changes.addedSets) {
      assert.ok(!this.sets.has(name), `set ${name} is there already`);
      this.sets.set(name, seconds);
    }
    for (const name of changes.addedChains) {
      assert.ok(!this.chains.has(name), `chain ${name} is there already`);
      this.chains.set(name, []);
    }
    for (const [name, rules] of changes.chains) {
      assert.ok(this.chains.has(name), `no chain ${name} to fill`);
      this.chains.set(name, rules);
    }
    for (const [map, key] of changes.removedVerdicts) {
      assert.ok(this.verdicts.get(map)?.delete(key), `no element ${map} ${key} to delete`);
    }
    for (const [map, key, verdict] of changes.addedVerdicts) {
      assert.ok(!this.verdicts.get(map)?.has(key), `element ${map} ${key} is there already`);
      if (verdict !== 'drop' && verdict.goto !== 'reject-connection') assert.ok(this.chains.has(verdict.goto));
      this.verdicts.get(map)?.set(key, verdict);
    }
    for (const key of changes.removedHairpins) assert.ok(this.hairpins.delete(key), `no hairpin ${key} to delete`);
    for (const key of changes.addedHairpins) this.hairpins.add(key);
    for (const name of changes.unusedChains) this.chains.delete(name);
    for (const name of changes.unusedSets) this.sets.delete(name);
  }

  assertIs(ruleset: Ruleset): void {
    const sorted = <V>(map: ReadonlyMap<string, V>) => [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(sorted(this.chains), sorted(ruleset.chains));
    assert.deepEqual(sorted(this.sets), sorted(ruleset.affinitySets));
    for (const map of mapNames) {
      assert.deepEqual(
        sorted(this.verdicts.get(map) ?? new Map()),
        sorted(ruleset.verdicts.get(map) ?? new Map()),
        map,
      );
    }
    assert.deepEqual([...this.hairpins].toSorted(), [...ruleset.hairpins].toSorted());
  }
}

const skeleton = planSkeleton(testConfiguration);
const arbitraryService = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  clusterIP: fc.constantFrom('10.233.0.10', '10.233.0.11'),
  externalIPs: fc.subarray(['203.0.113.1', '203.0.113.2']),
  nodePort: fc.option(fc.constantFrom(30001, 30002), { nil: undefined }),
  sessionAffinity: fc.constantFrom('ClientIP', 'None'),
  externalTrafficPolicy: fc.constantFrom('Cluster', 'Local'),
  endpoints: fc.subarray(['10.233.64.1', '10.233.64.2', '10.233.65.1']),
  gone: fc.boolean(),
});

test('changes, one after another, lead where the whole ruleset says', () => {
  fc.assert(
    fc.property(fc.array(fc.array(arbitraryService, { maxLength: 4 }), { maxLength: 8 }), (batches) => {
      const table = new RulesetTable();
      const kernel = new ModelKernel();
      for (const batch of batches) {
        for (const { name, gone, endpoints, nodePort, ...spec } of batch) {
          const ports = [{ port: 80, protocol: 'TCP' as const, ...(nodePort === undefined ? {} : { nodePort }) }];
          const service = testService({ ...spec, type: 'NodePort', ports } as object, { name });
          const slices = [testSlice(endpoints.map((ip) => testEndpoint(ip)))];
          table.set(name, gone ? undefined : planService(service, slices, testConfiguration));
        }
        const changes = table.takeChanges();
        if (changes !== undefined) kernel.apply(changes);
        kernel.assertIs(table.ruleset(skeleton));
        assert.equal(table.takeChanges(), undefined);
      }
    }),
  );
});

test('two Services that want one address: the first by name has it, and it passes on', () => {
  const table = new RulesetTable();
  const plan = (name: string) =>
    planService(testService({ externalIPs: ['203.0.113.1'] }, { name }), [testSlice([testEndpoint('10.233.64.2')])], {
      ...testConfiguration,
    });
  const owner = (): Verdict | undefined =>
    table.ruleset(skeleton).verdicts.get('service-ips')?.get('203.0.113.1 . 6 . 80');
  table.set('b', plan('b'));
  const ofB = owner();
  table.set('a', plan('a'));
  const ofA = owner();
  assert.notDeepEqual(ofA, ofB);
  table.set('a', undefined);
  assert.deepEqual(owner(), ofB);
});

test('what has not changed is not sent', () => {
  const table = new RulesetTable();
  const plan = (...ips: readonly string[]) =>
    planService(testService(), [testSlice(ips.map((ip) => testEndpoint(ip)))], testConfiguration);
  for (let i = 0; i < 100; i += 1) table.set(`other-${i}`, plan('10.233.65.1'));
  table.set('web', plan('10.233.65.1'));
  table.takeChanges();
  table.set('web', plan('10.233.65.1'));
  assert.equal(table.takeChanges(), undefined);
  table.set('web', plan('10.233.65.1', '10.233.65.2'));
  const changes = table.takeChanges();
  assert.ok(changes !== undefined);
  assert.match(
    renderChanges(changes),
    /^flush chain ip cox-proxy (service-\w+)\nadd rule ip cox-proxy \1 meta l4proto 6 numgen random mod 2 0 dnat to 10\.233\.65\.1:8080\nadd rule ip cox-proxy \1 meta l4proto 6 dnat to 10\.233\.65\.2:8080\n$/,
  );
});

test('a full transaction replaces the table and nothing else', () => {
  const text = renderRuleset(new RulesetTable().ruleset(skeleton));
  assert.deepEqual(text.split('\n').slice(0, 3), [
    'add table ip cox-proxy',
    'delete table ip cox-proxy',
    'add table ip cox-proxy',
  ]);
  for (const line of text.trim().split('\n'))
    assert.match(line, /^(add|delete) (table|set|map|chain|rule|element) ip cox-proxy/);
});

test('no deletions, no transaction', () => {
  assert.equal(renderDeletions([], []), '');
  assert.equal(renderDeletions(['a'], ['b']), 'delete chain ip cox-proxy a\ndelete set ip cox-proxy b\n');
});
