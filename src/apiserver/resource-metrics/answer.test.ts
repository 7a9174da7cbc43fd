import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../../api/kinds.ts';
import { sendJson, tableOfBody } from '../testing/answers.ts';
import { startTestServer, testAdmin } from '../testing/start.ts';
import { resourceMetricsKinds } from './answer.ts';

const node = (name: string): object => ({ metadata: { name, labels: { kind: name } } });
const pod = (name: string, nodeName: string): object => ({
  metadata: { name, labels: { app: name } },
  spec: { nodeName, containers: [{ name: 'c', image: 'i' }] },
});

test('what nodes and pods use is computed when somebody asks', async () => {
  let asked = 0;
  await using server = await startTestServer({
    kinds: [...kinds, ...resourceMetricsKinds],
    scrapeNode: ({ metadata }) => {
      if (metadata.name === 'silent') return Promise.reject(new Error('no route to host'));
      asked++;
      const at = 1_000_000 + asked * 2000;
      const labels = '{container="c",namespace="default",pod="web"}';
      return Promise.resolve(
        [
          `container_cpu_usage_seconds_total${labels} ${asked} ${at}`,
          `container_memory_working_set_bytes${labels} 4096 ${at}`,
          `node_cpu_usage_seconds_total ${asked * 2} ${at}`,
          `node_memory_working_set_bytes 1048576 ${at}`,
        ].join('\n'),
      );
    },
  });
  const transport = server.server.transport(testAdmin);
  const send = (method: string, path: string, body?: object) => sendJson(transport, method, path, body);
  for (const name of ['node-1', 'silent']) assert.equal((await send('POST', '/api/v1/nodes', node(name))).code, 201);
  await send('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  for (const [name, on] of [
    ['web', 'node-1'],
    ['lost', 'silent'],
  ] as const) {
    assert.equal((await send('POST', '/api/v1/namespaces/default/pods', pod(name, on))).code, 201);
  }
  const root = '/apis/metrics.k8s.io/v1beta1';
  const { body } = await send('GET', `${root}/nodes`);
  const { kind, items } = body as unknown as { kind: string; items: Record<string, unknown>[] };
  assert.deepEqual([kind, items.length], ['NodeMetricsList', 1]);
  assert.deepEqual([items[0]?.['window'], items[0]?.['usage']], ['2s', { cpu: '1', memory: '1Mi' }]);
  assert.equal(asked, 2);
  const { body: web } = await send('GET', `${root}/namespaces/default/pods/web`);
  assert.deepEqual(web['containers'], [{ name: 'c', usage: { cpu: '500m', memory: '4Ki' } }]);
  assert.equal(asked, 2, 'what is fresh is not asked for again');
  for (const [path, count] of [
    [`${root}/pods`, 1],
    [`${root}/pods?labelSelector=app%3Dlost`, 0],
    [`${root}/pods?fieldSelector=metadata.name%3Dweb`, 1],
    [`${root}/namespaces/other/pods`, 0],
  ] as const) {
    assert.equal(((await send('GET', path)).body['items'] as unknown[]).length, count, path);
  }
  const table = await transport.request({
    method: 'GET',
    path: `${root}/nodes`,
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  assert.deepEqual(await tableOfBody(table.body), {
    kind: 'Table',
    columns: ['Name', 'cpu', 'memory', 'Window'],
    rows: 1,
  });
  assert.deepEqual(
    [(await send('GET', `${root}/nodes/silent`)).message, (await send('DELETE', `${root}/nodes/node-1`)).code],
    ['nodes.metrics.k8s.io "silent" not found', 405],
  );
  assert.equal((await send('GET', `/openapi/v3${root}`)).code, 200);
});
