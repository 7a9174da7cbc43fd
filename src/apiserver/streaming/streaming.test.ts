import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import type { Node } from '../../api/core/node.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { kubeletAddressOf } from './kubelet-address.ts';
import { podLogQuery } from './log-options.ts';
import { chooseContainer } from './pod-container.ts';
import { refusal } from './pod-log.ts';
import { requestHeaders, rewriteLocation } from './proxied/headers.ts';
import { HtmlRewriter } from './proxied/rewrite-html.ts';
import { proxiedPath } from './proxied/proxy.ts';
import { parseTargetName } from './proxied/target-name.ts';
import { streamPath } from './stream-location.ts';

const podWith = (containers: readonly string[], initContainers: readonly string[] = []): Pod => {
  const named = (names: readonly string[]) => names.map((name) => ({ name }));
  const spec = { containers: named(containers), initContainers: named(initContainers) };
  return { metadata: { name: 'web', namespace: 'default' }, spec, status: {} } as unknown as Pod;
};

describe('the container that is meant', () => {
  const chosen: Record<string, { pod: Pod; asked: string; name: string }> = {
    'the only one': { pod: podWith(['a']), asked: '', name: 'a' },
    'the one named': { pod: podWith(['a', 'b']), asked: 'b', name: 'b' },
    'an init container': { pod: podWith(['a'], ['i']), asked: 'i', name: 'i' },
  };
  for (const [name, { pod, asked, name: expected }] of Object.entries(chosen)) {
    test(name, () => assert.equal(chooseContainer(pod, asked), expected));
  }
  const refused: Record<string, { pod: Pod; asked: string; message: string }> = {
    'one that is not there': { pod: podWith(['a']), asked: 'x', message: 'container x is not valid for pod web' },
    several: {
      pod: podWith(['a', 'b']),
      asked: '',
      message: 'a container name must be specified for pod web, choose one of: [a b]',
    },
    'several, and init containers': {
      pod: podWith(['a', 'b'], ['i', 'j']),
      asked: '',
      message:
        'a container name must be specified for pod web, choose one of: [a b] or one of the init containers: [i j]',
    },
  };
  for (const [name, { pod, asked, message }] of Object.entries(refused)) {
    test(`refuses ${name}`, () => assert.throws(() => chooseContainer(pod, asked), { reason: 'BadRequest', message }));
  }
});

test('an exec asks the kubelet for the same under its own names', () => {
  const query = new URLSearchParams('container=a&stdin=true&stdout=1&stderr=false&tty=&command=ls&command=-l%20x');
  assert.equal(
    streamPath('exec', podWith(['a']), query),
    '/exec/default/web/a?input=1&output=1&tty=1&command=ls&command=-l+x',
  );
  assert.equal(
    streamPath('portforward', podWith(['a']), new URLSearchParams('ports=1&ports=2')),
    '/portForward/default/web?port=1%2C2',
  );
});

test('a log request is passed on as it was checked', () => {
  const query = new URLSearchParams(
    'follow=true&previous=false&tailLines=5&sinceTime=2026-01-02T03:04:05Z&container=a&unknown=1',
  );
  const { container, parameters } = podLogQuery(query, 'web');
  assert.equal(container, 'a');
  assert.deepEqual(Object.fromEntries(parameters), {
    follow: 'true',
    tailLines: '5',
    sinceTime: '2026-01-02T03:04:05Z',
  });
});

const wrongLogs: Record<string, { query: string; reason: string; message: RegExp }> = {
  'no number': { query: 'tailLines=x', reason: 'BadRequest', message: /parsing "x": invalid syntax/ },
  'no time': { query: 'sinceTime=today', reason: 'BadRequest', message: /parsing time "today"/ },
  'a negative tail': {
    query: 'tailLines=-1',
    reason: 'Invalid',
    message: /^PodLogOptions "web" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0$/,
  },
  'no bytes': { query: 'limitBytes=0', reason: 'Invalid', message: /must be greater than 0/ },
  'two starts': {
    query: 'sinceSeconds=1&sinceTime=2026-01-02T03:04:05Z',
    reason: 'Invalid',
    message: /at most one of/,
  },
};
for (const [name, { query, reason, message }] of Object.entries(wrongLogs)) {
  test(`refuses a log request with ${name}`, () =>
    assert.throws(() => podLogQuery(new URLSearchParams(query), 'web'), { reason, message }));
}

test('what a kubelet refuses keeps its code', () => {
  assert.equal(refusal(400, 'is waiting to start', 'web').message, 'is waiting to start');
  assert.equal(refusal(500, 'broken', 'web').message, 'Internal error occurred: broken');
  assert.equal(refusal(404, 'x', 'web').message, 'the server could not find the requested resource ( pods/log web)');
  assert.deepEqual([refusal(503, '', 'web').code, refusal(401, '', 'web').reason], [503, 'Unauthorized']);
});

test('a kubelet is where its node says', () => {
  const node = (addresses: object[], Port?: number): Node =>
    ({ metadata: {}, status: { addresses, daemonEndpoints: { kubeletEndpoint: { Port } } } }) as unknown as Node;
  const internal = { type: 'InternalIP', address: '192.0.2.1' };
  assert.deepEqual(kubeletAddressOf(node([{ type: 'Hostname', address: 'n' }, internal], 10)), {
    host: '192.0.2.1',
    port: 10,
  });
  assert.equal(kubeletAddressOf(node([internal])).port, 10250);
  assert.throws(() => kubeletAddressOf(node([])), /no preferred addresses found; known addresses: \[\]/);
});

test('a proxied name may carry scheme and port', () => {
  assert.deepEqual(parseTargetName('web', 'pod'), { scheme: 'http', name: 'web', port: '' });
  assert.deepEqual(parseTargetName('web:80', 'pod'), { scheme: 'http', name: 'web', port: '80' });
  assert.deepEqual(parseTargetName('https:web:', 'pod'), { scheme: 'https', name: 'web', port: '' });
  for (const id of ['a:b:c:d', ':80', 'ftp:web:80', '']) {
    assert.throws(() => parseTargetName(id, 'pod'), { message: `invalid pod request ${JSON.stringify(id)}` });
  }
});

test('a proxied path keeps its encoding', () => {
  const prefix = '/api/v1/namespaces/default/pods/web/proxy';
  const of = (rest: string, tail: string) => proxiedPath(`${prefix}${rest}`, tail);
  assert.deepEqual(of('/a%2Fb?x=%20', '/a%2Fb'), { prefix, path: '/a%2Fb?x=%20', query: '?x=%20', isBare: false });
  assert.deepEqual(of('/', '/'), { prefix, path: '/', query: '', isBare: false });
  assert.deepEqual(of('?x=1', '/'), { prefix, path: '/?x=1', query: '?x=1', isBare: true });
});

test('credentials and hop-by-hop headers stay here', () => {
  const headers = {
    ':method': 'GET',
    ':authority': 'api:6443',
    authorization: 'Bearer x',
    'impersonate-user': 'y',
    connection: 'keep-alive, x-hop',
    'x-hop': '1',
    te: 'trailers',
    cookie: 'a=b',
  };
  assert.deepEqual(requestHeaders(headers, { prefix: '/p', path: '/x?y' }), {
    cookie: 'a=b',
    host: 'api:6443',
    'x-forwarded-host': 'api:6443',
    'x-forwarded-proto': 'https',
    'x-forwarded-uri': '/p/x',
  });
});

const redirects: Record<string, { location: string; expected: string }> = {
  'to a path': { location: '/x/?a=b', expected: '/p/proxy/x/?a=b' },
  'to itself by address': { location: 'http://10.0.0.1:80/x', expected: '/p/proxy/x' },
  'to its root': { location: 'http://10.0.0.1:80', expected: '/p/proxy/' },
  elsewhere: { location: 'http://example.com/x', expected: 'http://example.com/x' },
  'relative to the page': { location: 'x', expected: 'x' },
  'through the proxy already': { location: '/p/proxy/x', expected: '/p/proxy/x' },
};
for (const [name, { location, expected }] of Object.entries(redirects)) {
  test(`redirects ${name}`, () => assert.equal(rewriteLocation(location, '/p/proxy', ['10.0.0.1:80']), expected));
}

test('the links of a page lead through the proxy, wherever its bytes are cut', async () => {
  const page =
    '<html><A HREF="/a?b=1">é</a> 1 < 2 <img src=/i.png alt="/x"><form action=\'/f\'></form><a href="b">' +
    '<script src="/s.js">if (a<b) { x = \'<a href="/raw">\'; }</script><a href="//example.com/x"><a href="http://10.0.0.1:80/y">';
  const expected =
    '<html><A HREF="/p/proxy/a?b=1">é</a> 1 < 2 <img src=/p/proxy/i.png alt="/x"><form action=\'/p/proxy/f\'></form><a href="b">' +
    '<script src="/p/proxy/s.js">if (a<b) { x = \'<a href="/raw">\'; }</script><a href="//example.com/x"><a href="/p/proxy/y">';
  const bytes = Buffer.from(page);
  for (const size of [1, 2, 3, 7, 50, bytes.length]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    const rewriter = new HtmlRewriter((link) => rewriteLocation(link, '/p/proxy', ['10.0.0.1:80']));
    assert.equal(await text(Readable.from(pieces).pipe(rewriter)), expected, `pieces of ${size}`);
  }
});
