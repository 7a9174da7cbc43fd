import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Service } from '../../api/core/service.schema.ts';
import { services } from '../../api/resources.ts';
import { service } from '../testing/objects.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { withControllers } from '../testing/run.ts';

import { reconcile } from './reconcile.ts';

const range = '172.29.0.192/26';
const balancer = (name: string, spec: Partial<Service['spec']> = {}, ...ips: readonly string[]): Service => ({
  ...service(name, { type: 'LoadBalancer', ...spec }),
  status: { loadBalancer: ips.length === 0 ? {} : { ingress: ips.map((ip) => ({ ip, ipMode: 'VIP' })) } },
});
const addressOf = ({ status }: Service): string => (status.loadBalancer.ingress ?? []).map(({ ip }) => ip).join();

describe('a load balancer', () => {
  const taken = new Map([['172.29.0.192', 'default/other']]);
  const cases: Record<string, readonly [Service, string | undefined, RegExp?]> = {
    'gets the first free address': [balancer('web'), '172.29.0.193', /at 172\.29\.0\.193$/],
    'keeps its address': [balancer('web', {}, '172.29.0.200'), undefined],
    'loses an address that an older one holds': [balancer('web', {}, '172.29.0.192'), '172.29.0.193'],
    'gets what it asks for': [balancer('web', { loadBalancerIP: '172.29.0.210' }), '172.29.0.210'],
    'moves to what it asks for': [balancer('web', { loadBalancerIP: '172.29.0.210' }, '172.29.0.200'), '172.29.0.210'],
    'waits for an address in use': [
      balancer('web', { loadBalancerIP: '172.29.0.192' }),
      undefined,
      /spec\.loadBalancerIP 172\.29\.0\.192 is in use by the Service default\/other/,
    ],
    'cannot have an address from elsewhere': [
      balancer('web', { loadBalancerIP: '172.29.0.255' }),
      undefined,
      /is not one of this cluster's addresses for load balancers, 172\.29\.0\.192 to 172\.29\.0\.254/,
    ],
    "of another class is somebody else's": [balancer('web', { loadBalancerClass: 'example.com/other' }), undefined],
    'may name the class': [balancer('web', { loadBalancerClass: 'coxswain.dev/node-network' }), '172.29.0.193'],
    'it is not': [service('web'), undefined],
  };
  for (const [name, [object, expected, message]] of Object.entries(cases)) {
    test(name, () => {
      const { update, event } = reconcile({ service: object, range, taken });
      assert.equal(update === undefined ? undefined : addressOf(update), expected);
      if (message !== undefined) assert.match(event?.message ?? '', message);
      assert.equal(update?.status.loadBalancer.ingress?.every(({ ipMode }) => ipMode === 'VIP') ?? true, true);
    });
  }

  test('finds none left', () => {
    const all = new Map(Array.from({ length: 63 }, (_, index) => [`172.29.0.${192 + index}`, `default/s${index}`]));
    const { update, event, waits } = reconcile({ service: balancer('web'), range, taken: all });
    assert.equal(update, undefined);
    assert.equal(waits, true);
    assert.match(event?.message ?? '', /^Error syncing load balancer: all addresses from .* are in use/);
  });
});

test('many at once get addresses of their own; who waits gets what is given back', async () => {
  await withControllers(
    async (server) => {
      const names = Array.from({ length: 5 }, (_, index) => `s${index}`);
      for (const name of names) server.seed(services, balancer(name));
      const all = await eventually('three addresses', () => {
        const held = server
          .all(services)
          .map(addressOf)
          .filter((ip) => ip !== '');
        return held.length === 3 && held;
      });
      assert.deepEqual(all.toSorted(), ['172.29.0.4', '172.29.0.5', '172.29.0.6']);
      const holder = server.all(services).find((object) => addressOf(object) === '172.29.0.5');
      await server.delete(services, { name: holder?.metadata.name ?? '', namespace: 'default' });
      await eventually('the address again', () =>
        server.all(services).some((object) => addressOf(object) === '172.29.0.5'),
      );
    },
    { loadBalancerRange: '172.29.0.4/30' },
  );
});
