import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configMaps, events } from '../api/resources.ts';
import { StatusError } from '../api/status-error.ts';
import type { EventRecorder } from './event-recorder.ts';
import { createEventRecorder } from './event-recorder.ts';
import type { FakeClient } from './testing/fake-client.ts';
import { createFakeClient } from './testing/fake-client.ts';

function recording(now = () => 1_700_000_000_000): {
  client: FakeClient;
  recorder: EventRecorder;
  say: (reason: string, message: string) => void;
} {
  const client = createFakeClient();
  const metadata = { name: 'a', namespace: 'shop' };
  const object = client.seed(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
  const recorder = createEventRecorder(client, { component: 'tester', host: 'n1', now, retryDelayMs: 5 });
  return { client, recorder, say: (reason, message) => recorder.event(object, 'Normal', reason, message) };
}

describe('event recorder', () => {
  it('writes an event as upstream does', async () => {
    const { client, recorder, say } = recording();
    say('Created', 'it is there');
    await recorder.flush();
    const [event] = client.all(events);
    assert.match(event?.metadata.name ?? '', /^a\.[0-9a-f]{16}$/);
    assert.equal(event?.metadata.namespace, 'shop');
    assert.equal(event?.involvedObject.kind, 'ConfigMap');
    assert.equal(event?.involvedObject.uid, client.all(configMaps)[0]?.metadata.uid);
    assert.equal(event?.firstTimestamp, '2023-11-14T22:13:20Z');
    assert.deepEqual(event?.source, { component: 'tester', host: 'n1' });
    assert.equal(event?.count, 1);
  });

  it('counts a repeated event', async () => {
    let now = 1_700_000_000_000;
    const { client, recorder, say } = recording(() => now);
    for (let turn = 0; turn < 3; turn += 1) {
      say('Pulled', 'same');
      now += 1000;
    }
    await recorder.flush();
    const all = client.all(events);
    assert.equal(all.length, 1);
    assert.equal(all[0]?.count, 3);
    assert.equal(all[0]?.lastTimestamp, '2023-11-14T22:13:22Z');
  });

  it('writes a counted event anew when the server has dropped it', async () => {
    const { client, recorder, say } = recording();
    say('Pulled', 'same');
    await recorder.flush();
    await client.delete(events, client.all(events)[0]?.metadata ?? { name: '' });
    say('Pulled', 'same');
    await recorder.flush();
    assert.equal(client.all(events)[0]?.count, 2);
  });

  it('combines many messages of one reason, and silences an object that causes too many events', async () => {
    const { client, recorder, say } = recording();
    for (let turn = 0; turn < 40; turn += 1) say('Failed', `message ${turn}`);
    await recorder.flush();
    const all = client.all(events);
    const combined = all.filter(({ message }) => message?.startsWith('(combined from similar events): '));
    assert.equal(all.length, 10);
    assert.equal(combined.length, 1);
    assert.equal(combined[0]?.count, 16);
    assert.equal(client.writes.length, 25);
  });

  it('waits out a server that is away, and drops what the server refuses', async () => {
    const { client, recorder, say } = recording();
    client.disconnect({ offline: true });
    say('Created', 'first');
    setTimeout(() => client.reconnect(), 12);
    await recorder.flush();
    assert.equal(client.all(events).length, 1);
    const stop = client.react(({ verb }) => {
      if (verb === 'create') throw new StatusError('Forbidden', 'no');
    });
    say('Created', 'second');
    await recorder.flush();
    stop();
    assert.equal(client.all(events).length, 1);
  });

  it('gives two recorders names of their own within one millisecond', async () => {
    const { client, recorder, say } = recording();
    const other = createEventRecorder(client, { component: 'another', now: () => 1_700_000_000_000 });
    say('Seen', 'seen');
    other.event(client.all(configMaps)[0] ?? {}, 'Normal', 'Seen', 'seen');
    await Promise.all([recorder.flush(), other.flush()]);
    assert.equal(client.all(events).length, 2);
  });
});
