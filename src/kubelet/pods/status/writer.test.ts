import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import type { PodStatus } from '../../../api/core/pod-status.schema.ts';
import { pods } from '../../../api/resources.ts';
import { createFakeClient } from '../../../client/testing/fake-client.ts';
import { pod } from '../../testing/pods.ts';
import { statusPatch } from './patch.ts';
import { StatusWriter } from './writer.ts';

const ready = (status: string, more: object = {}) => ({
  type: 'Ready',
  status,
  lastTransitionTime: '2026-01-01T00:00:00Z',
  ...more,
});

test('a patch has what changed and nothing of others', () => {
  const stored: PodStatus = {
    phase: 'Running',
    reason: 'Old',
    nominatedNodeName: 'n',
    conditions: [ready('False', { reason: 'R', message: 'm' }), { type: 'example.com/open', status: 'True' }],
    podIPs: [{ ip: '10.0.0.1' }],
  };
  const wanted: PodStatus = { phase: 'Running', conditions: [ready('True')], podIPs: [{ ip: '10.0.0.2' }] };
  assert.deepEqual(statusPatch(stored, wanted), {
    reason: null,
    conditions: [{ ...ready('True'), reason: null, message: null }],
    podIPs: [{ ip: '10.0.0.2' }, { ip: '10.0.0.1', $patch: 'delete' }],
  });
  assert.equal(statusPatch(wanted, wanted), undefined);
});

async function withWriter(
  use: (client: ReturnType<typeof createFakeClient>, writer: StatusWriter) => Promise<void>,
): Promise<void> {
  const abort = new AbortController();
  const client = createFakeClient();
  try {
    await use(client, new StatusWriter(client, { logger: pino({ level: 'silent' }), signal: abort.signal }));
  } finally {
    abort.abort();
  }
}

test('what changes during a write goes with the next one', () =>
  withWriter(async (client, writer) => {
    const stored = client.seed(pods, pod());
    for (const phase of ['Pending', 'Running', 'Failed', 'Succeeded'] as const) writer.set(stored, { phase });
    await writer.flush('u1');
    assert.equal(client.stored(pods, 'web', 'default')?.status.phase, 'Succeeded');
    assert.equal(client.writes.length, 2);
  }));

test('nothing is written where nothing changed, and a later change is', () =>
  withWriter(async (client, writer) => {
    const stored = client.seed(pods, pod({}, { phase: 'Running' }));
    writer.set(stored, { phase: 'Running' });
    await writer.flush('u1');
    assert.equal(client.writes.length, 0);
    writer.set(stored, { phase: 'Failed' });
    await writer.flush('u1');
    assert.equal(client.writes.length, 1);
  }));

test('a server that stores something else is not asked again and again', () =>
  withWriter(async (client, writer) => {
    const stored = client.seed(pods, pod());
    let calls = 0;
    const stubborn = new Proxy(client, {
      get: (target, property) => {
        const value = Reflect.get(target, property) as unknown;
        if (property !== 'patch') return value;
        return () => {
          calls += 1;
          return Promise.resolve(stored);
        };
      },
    });
    const abort = new AbortController();
    const other = new StatusWriter(stubborn, { logger: pino({ level: 'silent' }), signal: abort.signal });
    other.set(stored, { phase: 'Running' });
    await other.flush('u1');
    assert.equal(calls, 1);
    abort.abort();
    assert.equal(writer.get('u1'), undefined);
  }));
