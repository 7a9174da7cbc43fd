import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finalMessage } from './bridge.ts';
import { channelProtocols, chooseProtocol, decodeMessage, encodeMessage } from './channels.ts';
import { streamOptions } from './options.ts';
import { matchRoute } from '../routes.ts';
import { resourceMetrics } from '../resource-metrics.ts';

const protocol = (name: string) => {
  const found = chooseProtocol([name]);
  assert.ok(found !== undefined);
  return found;
};

test('messages carry any bytes on their channel, as bytes or as text', () => {
  const data = Buffer.from([0, 1, 255, 10]);
  for (const { base64 } of channelProtocols) {
    const message = Buffer.from(encodeMessage(3, data, base64));
    assert.deepEqual(decodeMessage(message, base64), { channel: 3, data });
  }
  assert.equal(decodeMessage(Buffer.alloc(0), false), undefined);
  assert.equal(decodeMessage(Buffer.from('x'), true), undefined);
});

test('the first protocol that both know is spoken', () => {
  assert.equal(chooseProtocol(['v9.channel.k8s.io', 'v4.channel.k8s.io'])?.name, 'v4.channel.k8s.io');
  assert.equal(chooseProtocol(['v9.channel.k8s.io']), undefined);
  assert.equal(chooseProtocol([])?.hasStatus, false);
});

test('the error channel ends as its protocol wants it', () => {
  const failure = Buffer.from(JSON.stringify({ status: 'Failure', message: 'exit 3' }));
  const success = Buffer.from(JSON.stringify({ status: 'Success' }));
  const [v5, v1] = [protocol('v5.channel.k8s.io'), protocol('channel.k8s.io')];
  assert.equal(finalMessage(failure, v5), failure);
  assert.equal(finalMessage(success, v5), success);
  assert.equal(finalMessage(failure, v1)?.toString(), 'exit 3');
  assert.equal(finalMessage(success, v1), undefined);
  assert.match(finalMessage(Buffer.alloc(0), v5)?.toString() ?? '', /"reason":"InternalError"/);
  assert.equal(finalMessage(Buffer.from('not json'), v1)?.toString(), 'not json');
});

test('a terminal has one output', () => {
  const options = streamOptions(new URLSearchParams('input=1&output=1&error=1&tty=1'));
  assert.deepEqual(options, { stdin: true, stdout: true, stderr: false, tty: true });
  assert.throws(() => streamOptions(new URLSearchParams('tty=1')), { status: 400 });
});

test('paths are taken apart', () => {
  const routes = [
    { methods: ['GET'], path: '/pods', handler: 'pods' },
    { methods: ['GET', 'POST'], path: '/exec/:namespace/:pod', handler: 'exec' },
  ];
  assert.deepEqual(matchRoute(routes, 'GET', '/pods/'), { handler: 'pods', parameters: {} });
  assert.deepEqual(matchRoute(routes, 'POST', '/exec/a/b%20c'), {
    handler: 'exec',
    parameters: { namespace: 'a', pod: 'b c' },
  });
  assert.equal(matchRoute(routes, 'PUT', '/pods'), 'wrong-method');
  for (const path of ['/', '/nope', '/exec/a', '/exec//b', '/exec/a/b/c']) {
    assert.equal(matchRoute(routes, 'GET', path), 'not-found', path);
  }
});

test('a stats summary becomes metrics under upstream names', () => {
  const cpu = { time: '2026-01-02T03:04:05Z', usageCoreNanoSeconds: 1_500_000_000 };
  const memory = { time: '2026-01-02T03:04:05Z', workingSetBytes: 4096 };
  const text = resourceMetrics({
    node: { cpu, memory },
    pods: [{ podRef: { name: 'web', namespace: 'default' }, cpu, containers: [{ name: 'c', memory }] }],
  });
  const stamp = Date.parse('2026-01-02T03:04:05Z');
  assert.match(text, new RegExp(`^node_cpu_usage_seconds_total 1.5 ${stamp}$`, 'm'));
  assert.match(text, new RegExp(`^pod_cpu_usage_seconds_total{namespace="default",pod="web"} 1.5 ${stamp}$`, 'm'));
  assert.match(text, /^container_memory_working_set_bytes\{container="c",namespace="default",pod="web"\} 4096 /m);
  assert.match(text, /^resource_scrape_error 0$/m);
});
