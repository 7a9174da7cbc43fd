import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoints, services } from '../../api/resources.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { service } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';

const byHand = (name: string, annotations: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name, namespace: 'default', annotations },
  subsets: [{ addresses: [{ ip: '10.0.0.9' }], ports: [{ port: 80 }] }],
});

test('Endpoints go with their Service, and those that never had one stay', async () => {
  const prepare = (server: Parameters<Parameters<typeof withControllers>[0]>[0]): void => {
    server.seed(endpoints, byHand('leftover'));
    server.seed(endpoints, byHand('lock', { 'control-plane.alpha.kubernetes.io/leader': '{}' }));
  };
  await withControllers(
    async (server) => {
      const stored = (name: string) => server.stored(endpoints, name, 'default');
      await eventually('the one left over is gone', () => stored('leftover') === undefined);
      const own = server.seed(endpoints, byHand('own'));
      server.seed(endpoints, { ...own, subsets: [] });
      server.seed(services, service('web'));
      await eventually('those of the Service', () => stored('web') !== undefined);
      await server.delete(services, { name: 'web', namespace: 'default' });
      await eventually('gone with the Service', () => stored('web') === undefined);
      assert.deepEqual(stored('own')?.subsets, []);
      assert.notEqual(stored('lock'), undefined);
    },
    { prepare },
  );
});
