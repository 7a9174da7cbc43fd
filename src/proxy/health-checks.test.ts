import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import pino from 'pino';
import { HealthChecks, planHealthCheck } from './health-checks.ts';
import { testEndpoint, testService, testSlice } from './testing/objects.ts';

const policy = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 30099 } as const;
const leaving = { conditions: { ready: false, serving: true, terminating: true } };

const cases: Record<string, [Parameters<typeof testService>[0], Parameters<typeof testSlice>[0], number | undefined]> =
  {
    'ready ones of this node count': [policy, [testEndpoint('10.233.64.7'), testEndpoint('10.233.65.7')], 1],
    'those that leave do not': [policy, [testEndpoint('10.233.64.7', leaving)], 0],
    'none at all': [policy, [], 0],
    'policy Cluster has no check': [{ ...policy, externalTrafficPolicy: 'Cluster' }, [], undefined],
  };
for (const [name, [spec, endpoints, expected]] of Object.entries(cases)) {
  test(name, () => {
    const slices = [testSlice(endpoints), testSlice(endpoints, { name: 'web-2' })];
    assert.equal(planHealthCheck(testService(spec), slices, 'node-1')?.localEndpoints, expected);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('a balancer is told, and the port closes with the Service', async () => {
  const checks = new HealthChecks({ addresses: ['127.0.0.1'], logger: pino({ level: 'silent' }) });
  const port = await freePort();
  const ask = async (): Promise<readonly unknown[]> => {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    return [answer.status, answer.headers.get('x-load-balancing-endpoint-weight'), await answer.json()];
  };
  const service = { namespace: 'default', name: 'web' };
  checks.set('default/web', { ...service, port, localEndpoints: 2 });
  assert.deepEqual(await ask(), [200, '2', { service, localEndpoints: 2, serviceProxyHealthy: true }]);
  checks.set('default/web', { ...service, port, localEndpoints: 0 });
  assert.deepEqual(await ask(), [503, '0', { service, localEndpoints: 0, serviceProxyHealthy: true }]);
  checks.set('default/web', undefined);
  await assert.rejects(ask());
  checks.close();
});
