import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { leases } from '../api/resources.ts';
import { runLeaderElection } from './leader-election.ts';
import type { FakeClient } from './testing/fake-client.ts';
import { createFakeClient } from './testing/fake-client.ts';

interface Candidacy {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

function stand(client: FakeClient, identity: string, leading: Set<string>): Candidacy {
  const stop = new AbortController();
  const ended = runLeaderElection({
    client,
    name: 'l',
    namespace: 'kube-system',
    identity,
    leaseDurationMs: 80,
    renewDeadlineMs: 50,
    retryPeriodMs: 10,
    signal: stop.signal,
    lead: async (signal) => {
      leading.add(identity);
      assert.equal(leading.size, 1, 'two lead at a time');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      leading.delete(identity);
    },
  });
  return { stop, ended };
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !condition(); turn += 1) await sleep(5);
  assert.ok(condition(), condition.toString());
}

describe('leader election', () => {
  it('one leads; another takes over at once when it leaves', async () => {
    const client = createFakeClient();
    const leading = new Set<string>();
    const a = stand(client, 'a', leading);
    await until(() => leading.has('a'));
    const b = stand(client, 'b', leading);
    await sleep(40);
    assert.deepEqual([...leading], ['a']);
    a.stop.abort();
    await a.ended;
    await until(() => leading.has('b'));
    assert.equal(client.stored(leases, 'l', 'kube-system')?.spec.holderIdentity, 'b');
    b.stop.abort();
    await b.ended;
  });

  it('a leader that cannot renew stops before another may start', async () => {
    const client = createFakeClient();
    const leading = new Set<string>();
    const a = stand(client, 'a', leading);
    await until(() => leading.has('a'));
    const b = stand(client, 'b', leading);
    client.disconnect({ offline: true });
    await until(() => leading.size === 0);
    client.reconnect();
    await until(() => leading.size === 1);
    a.stop.abort();
    b.stop.abort();
    await Promise.all([a.ended, b.ended]);
  });
});
