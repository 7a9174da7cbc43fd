import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podNetworkConfiguration, staleReservations } from './cni.ts';

test('pods get addresses of their node from a folder that outlives restarts', () => {
  const text = podNetworkConfiguration({ podRange: '10.233.64.0/24', dataDirectory: '/data/cni' });
  const { plugins } = JSON.parse(text) as { plugins: readonly [{ ipMasq: boolean; ipam: object }] };
  assert.equal(plugins[0].ipMasq, false);
  assert.deepEqual(plugins[0].ipam, {
    type: 'host-local',
    dataDir: '/data/cni',
    ranges: [[{ subnet: '10.233.64.0/24' }]],
    routes: [{ dst: '0.0.0.0/0' }],
  });
  assert.throws(() => podNetworkConfiguration({ podRange: 'x', dataDirectory: '/data' }), RangeError);
});

test('only reservations of sandboxes that are gone are stale', () => {
  const reservations = [
    { file: '10.233.64.2', content: 'alive\r\neth0' },
    { file: '10.233.64.3', content: 'gone\neth0' },
    { file: '10.233.64.4', content: '' },
    { file: 'last_reserved_ip.0', content: '10.233.64.4' },
    { file: 'lock', content: '' },
  ];
  assert.deepEqual(staleReservations(reservations, new Set(['alive'])), ['10.233.64.3', '10.233.64.4']);
});
