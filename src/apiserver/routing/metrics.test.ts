import assert from 'node:assert/strict';
import { it } from 'node:test';
import { kinds } from '../../api/kinds.ts';
import { createMemoryStore } from '../../store/testing/memory-store.ts';
import { KindRegistry } from '../registry/kind-registry.ts';
import { parseRequest } from '../request/request-info.ts';
import { ServerMetrics } from './metrics.ts';

it('counts and times requests, and nothing that clients have made up', async () => {
  const metrics = new ServerMetrics(createMemoryStore(), new KindRegistry(kinds));
  const open = metrics.begin(parseRequest('GET', '/api/v1/namespaces/a/pods/b'));
  for (const [method, url] of [
    ['GET', '/api/v1/namespaces/a/pods/b'],
    ['GET', '/api/v1/namespaces/a/pods/b'],
    ['MADEUP', '/nowhere/at/all'],
    ['GET', '/apis/made.up/v1/things'],
  ] as const) {
    metrics.begin(parseRequest(method, url))(200);
  }
  const { body } = await metrics.answer();
  const text = (body as Buffer).toString();
  const pod = 'verb="GET",group="",version="v1",resource="pods",subresource="",scope="resource"';
  const lines = [
    `apiserver_request_total{${pod},code="200"} 2`,
    `apiserver_request_duration_seconds_bucket{${pod},le="60"} 2`,
    `apiserver_request_duration_seconds_bucket{${pod},le="+Inf"} 2`,
    `apiserver_request_duration_seconds_count{${pod}} 2`,
    'apiserver_request_total{verb="OTHER",group="",version="",resource="",subresource="",scope="",code="200"} 1',
    'apiserver_request_total{verb="LIST",group="",version="",resource="",subresource="",scope="cluster",code="200"} 1',
    'apiserver_current_inflight_requests{request_kind="readOnly"} 1',
  ];
  for (const line of lines) assert.ok(text.split('\n').includes(line), `${line} is missing in\n${text}`);
  assert.match(text, /^# TYPE apiserver_request_duration_seconds histogram$/m);
  open(200);
});
