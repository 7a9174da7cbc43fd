import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConfigMap } from '../api/core/config-map.schema.ts';
import type { Unsaved } from '../api/object.ts';
import { configMaps } from '../api/resources.ts';
import { createInformerFactory } from './informer-factory.ts';
import type { Informer } from './informer.ts';
import { createInformer } from './informer.ts';
import { createFakeClient } from './testing/fake-client.ts';

function configMap(name: string, value = ''): Unsaved<ConfigMap> {
  const metadata = { name, namespace: 'default', managedFields: [{ manager: 'm' }] };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } };
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 400; turn += 1) {
    if (condition()) return;
    await sleep(5);
  }
  assert.fail(`still not so: ${condition.toString()}`);
}

function record(informer: Informer<ConfigMap>): string[] {
  const seen: string[] = [];
  informer.addHandlers({
    add: (object) => seen.push(`add ${object.metadata.name}`),
    update: (object, old) =>
      seen.push(`update ${object.metadata.name} ${old.data?.['value']}→${object.data?.['value']}`),
    delete: (object) => seen.push(`delete ${object.metadata.name}`),
  });
  return seen;
}

describe('informer', () => {
  it('delivers what is there, then every change, without managedFields', async () => {
    const client = createFakeClient();
    client.seed(configMaps, configMap('a', '1'));
    const informer = createInformer(client, configMaps);
    const seen = record(informer);
    const stop = new AbortController();
    const running = informer.start(stop.signal);
    await informer.synced;
    assert.equal(informer.hasSynced, true);
    await client.create(configMaps, configMap('b'));
    await client.patch(configMaps, { name: 'a', namespace: 'default' }, 'merge', { data: { value: '2' } });
    await client.delete(configMaps, { name: 'b', namespace: 'default' });
    await until(() => seen.length === 4);
    assert.deepEqual(seen, ['add a', 'add b', 'update a 1→2', 'delete b']);
    assert.equal(informer.get('default/a')?.metadata.managedFields, undefined);
    stop.abort();
    await running;
  });

  it('resumes after a broken connection and sees each missed change once', async () => {
    const client = createFakeClient();
    client.seed(configMaps, configMap('a', '1'));
    const informer = createInformer(client, configMaps);
    const seen = record(informer);
    const stop = new AbortController();
    const running = informer.start(stop.signal);
    await informer.synced;
    client.disconnect({ offline: true });
    client.seed(configMaps, configMap('b'));
    await sleep(120);
    client.reconnect();
    await until(() => seen.includes('add b'));
    assert.deepEqual(seen, ['add a', 'add b']);
    assert.equal(client.actions.filter(({ verb }) => verb === 'list').length, 1);
    stop.abort();
    await running;
  });

  it('lists again when history is gone, and delivers missed deletes and updates', async () => {
    const client = createFakeClient();
    for (const name of ['a', 'b', 'c']) client.seed(configMaps, configMap(name, '1'));
    const informer = createInformer(client, configMaps);
    const seen = record(informer);
    const stop = new AbortController();
    const running = informer.start(stop.signal);
    await until(() => client.actions.some(({ verb }) => verb === 'watch'));
    client.disconnect({ offline: true });
    await sleep(5);
    client.reconnect();
    await client.delete(configMaps, { name: 'a', namespace: 'default' });
    await client.patch(configMaps, { name: 'b', namespace: 'default' }, 'merge', { data: { value: '2' } });
    client.compact();
    await until(() => seen.length === 5);
    assert.deepEqual(seen.slice(3).toSorted(), ['delete a', 'update b 1→2']);
    stop.abort();
    await running;
  });

  it('tells late handlers of present objects, and keeps indexes current', async () => {
    const client = createFakeClient();
    client.seed(configMaps, configMap('a', 'x'));
    const informer = createInformer(client, configMaps);
    informer.addIndex('value', (object) => Object.values(object.data ?? {}));
    const stop = new AbortController();
    const running = informer.start(stop.signal);
    await informer.synced;
    const seen = record(informer);
    assert.deepEqual(seen, ['add a']);
    assert.equal(informer.byIndex('value', 'x').length, 1);
    await client.patch(configMaps, { name: 'a', namespace: 'default' }, 'merge', { data: { value: 'y' } });
    await until(() => informer.byIndex('value', 'y').length === 1);
    assert.deepEqual(informer.byIndex('value', 'x'), []);
    stop.abort();
    await running;
  });

  it('synced rejects when stopped before the first list', async () => {
    const client = createFakeClient();
    client.disconnect({ offline: true });
    const informer = createInformer(client, configMaps);
    const stop = new AbortController();
    const running = informer.start(stop.signal);
    stop.abort(new Error('shut down'));
    await assert.rejects(informer.synced, /shut down/);
    await running;
  });

  it('an object that was replaced by another of its name is a delete and an add', async () => {
    const client = createFakeClient();
    client.seed(configMaps, configMap('a', '1'));
    const informer = createInformer(client, configMaps);
    const seen = record(informer);
    const stop = new AbortController();
    const running = informer.start(stop.signal);
    await until(() => client.actions.some(({ verb }) => verb === 'watch'));
    client.disconnect();
    await client.delete(configMaps, { name: 'a', namespace: 'default' });
    client.seed(configMaps, configMap('a', '2'));
    client.compact();
    await until(() => seen.length === 3);
    assert.deepEqual(seen, ['add a', 'delete a', 'add a']);
    stop.abort();
    await running;
  });
});

describe('informer factory', () => {
  it('shares one list and watch among views, each with its own indexes and lifetime', async () => {
    const client = createFakeClient();
    client.seed(configMaps, configMap('a', 'x'));
    const stop = new AbortController();
    const factory = createInformerFactory(client, { signal: stop.signal });
    const first = factory.informer(configMaps);
    const second = factory.informer(configMaps);
    first.addIndex('by', (object) => [object.metadata.name]);
    second.addIndex('by', (object) => Object.values(object.data ?? {}));
    const stopFirst = new AbortController();
    const seenByFirst = record(first);
    const seenBySecond = record(second);
    const runningFirst = first.start(stopFirst.signal);
    const runningSecond = second.start(stop.signal);
    await first.synced;
    assert.equal(first.byIndex('by', 'a').length, 1);
    assert.equal(second.byIndex('by', 'x').length, 1);
    stopFirst.abort();
    await runningFirst;
    await client.create(configMaps, configMap('b'));
    await until(() => seenBySecond.includes('add b'));
    assert.deepEqual(seenByFirst, ['add a']);
    assert.equal(client.actions.filter(({ verb }) => verb === 'list').length, 1);
    stop.abort();
    await runningSecond;
  });
});
