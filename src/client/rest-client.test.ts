import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deployments, nodes, pods } from '../api/resources.ts';
import { isStatus } from '../api/status-error.ts';
import type { ApiClient } from './api-client.ts';
import { createApiClient } from './rest-client.ts';
import type { Transport, TransportRequest } from './transport.ts';

interface Answer {
  readonly status?: number;
  readonly chunks?: readonly string[];
}

/** A transport that records requests and answers each with `answer`. */
function scripted(answer: Answer): { client: ApiClient; requests: TransportRequest[] } {
  const requests: TransportRequest[] = [];
  const transport: Transport = {
    request(request) {
      requests.push(request);
      const chunks = (answer.chunks ?? ['{}']).map((chunk) => Buffer.from(chunk));
      const body = (async function* () {
        yield* chunks;
      })();
      return Promise.resolve({ status: answer.status ?? 200, headers: {}, body });
    },
    close: () => Promise.resolve(),
  };
  return { client: createApiClient(transport, { userAgent: 'tester/v1' }), requests };
}

const web = { name: 'web', namespace: 'shop' };
const podOf = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, resourceVersion: '7' } });

describe('requests', () => {
  const cases: Record<string, { call: (client: ApiClient) => Promise<unknown>; request: string; type?: string }> = {
    'get in the core group': { call: (c) => c.get(pods, web), request: 'GET /api/v1/namespaces/shop/pods/web' },
    'get in a named group': {
      call: (c) => c.get(deployments, web),
      request: 'GET /apis/apps/v1/namespaces/shop/deployments/web',
    },
    'get of a cluster-scoped object': { call: (c) => c.get(nodes, { name: 'n1' }), request: 'GET /api/v1/nodes/n1' },
    'list with a query': {
      call: (c) => c.list(pods, { namespace: 'shop', labelSelector: 'a in (b,c)', limit: 2 }).catch(() => undefined),
      request: 'GET /api/v1/namespaces/shop/pods?labelSelector=a+in+%28b%2Cc%29&limit=2',
    },
    'create takes the namespace of the object': {
      call: (c) =>
        c.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: web, spec: { containers: [] }, status: {} }),
      request: 'POST /api/v1/namespaces/shop/pods',
      type: 'application/json',
    },
    'merge patch': {
      call: (c) => c.patch(pods, web, 'merge', {}, { subresource: 'status' }),
      request: 'PATCH /api/v1/namespaces/shop/pods/web/status',
      type: 'application/merge-patch+json',
    },
    apply: {
      call: (c) => c.patch(pods, web, 'apply', {}, { fieldManager: 'me', force: true }),
      request: 'PATCH /api/v1/namespaces/shop/pods/web?fieldManager=me&force=true',
      type: 'application/apply-patch+yaml',
    },
    delete: {
      call: (c) => c.delete(pods, web),
      request: 'DELETE /api/v1/namespaces/shop/pods/web',
      type: 'application/json',
    },
    'post to a subresource': {
      call: (c) => c.post(pods, web, 'eviction', {}),
      request: 'POST /api/v1/namespaces/shop/pods/web/eviction',
      type: 'application/json',
    },
  };
  for (const [name, { call, request, type }] of Object.entries(cases)) {
    it(name, async () => {
      const { client, requests } = scripted({});
      await call(client);
      const [sent] = requests;
      assert.equal(`${sent?.method} ${sent?.path}`, request);
      assert.equal(sent?.headers['content-type'], type);
      assert.equal(sent?.headers['user-agent'], 'tester/v1');
    });
  }

  it('refuses a delete whose address would name a whole collection', async () => {
    const { client, requests } = scripted({});
    await assert.rejects(client.delete(pods, { name: '', namespace: 'shop' }), TypeError);
    await assert.rejects(client.delete(pods, { name: 'web' }), TypeError);
    assert.equal(requests.length, 0);
  });
});

describe('answers', () => {
  it('a Status becomes a StatusError with reason, code and details', async () => {
    const status = {
      kind: 'Status',
      reason: 'NotFound',
      message: 'pods "web" not found',
      code: 404,
      details: { name: 'web' },
    };
    const { client } = scripted({ status: 404, chunks: [JSON.stringify(status)] });
    await assert.rejects(client.get(pods, web), (error) => {
      assert.ok(isStatus(error, 'NotFound'));
      assert.equal(error.message, 'pods "web" not found');
      assert.equal(error.details?.name, 'web');
      return true;
    });
  });

  it('an answer that is no Status is judged by its code', async () => {
    const { client } = scripted({ status: 503, chunks: ['starting'] });
    await assert.rejects(client.get(pods, web), (error) => isStatus(error, 'ServiceUnavailable'));
  });

  it('an answer that is not JSON is named', async () => {
    const { client } = scripted({ chunks: ['<html>'] });
    await assert.rejects(client.get(pods, web), /is this an API server/);
  });

  it('a list fills in the kind that its items leave out', async () => {
    const list = { metadata: { resourceVersion: '9', continue: '' }, items: [{ metadata: { name: 'a' } }] };
    const { client } = scripted({ chunks: [JSON.stringify(list)] });
    const page = await client.list(pods);
    assert.equal(page.resourceVersion, '9');
    assert.equal(page.continue, undefined);
    assert.equal(page.items[0]?.kind, 'Pod');
  });
});

describe('watch', () => {
  async function collect(chunks: readonly string[]): Promise<unknown[]> {
    const { client } = scripted({ chunks });
    const seen: unknown[] = [];
    for await (const event of client.watch(pods, { resourceVersion: '1' }, new AbortController().signal))
      seen.push(event);
    return seen;
  }
  const bookmark = {
    type: 'BOOKMARK',
    object: { metadata: { resourceVersion: '8', annotations: { 'k8s.io/initial-events-end': 'true' } } },
  };
  const text = [{ type: 'ADDED', object: podOf('ä') }, bookmark].map((event) => `${JSON.stringify(event)}\n`).join('');
  const expected = [
    { type: 'ADDED', object: podOf('ä') },
    { type: 'BOOKMARK', resourceVersion: '8', initialEventsEnd: true },
  ];

  it('parses events however the stream is cut', async () => {
    const bytes = Buffer.from(text);
    for (const size of [1, 2, 7, 64, bytes.length]) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      // Latin-1 keeps each byte of a cut character apart.
      const { client } = scriptedBytes(chunks);
      const seen: unknown[] = [];
      for await (const event of client.watch(pods, {}, new AbortController().signal)) seen.push(event);
      assert.deepEqual(seen, expected);
    }
  });

  it('an ERROR event becomes a StatusError', async () => {
    const error = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } };
    await assert.rejects(collect([`${JSON.stringify(error)}\n`]), (cause) => isStatus(cause, 'Expired'));
  });

  it('an incomplete last line is dropped', async () => {
    assert.deepEqual(await collect([text, '{"type":"ADD']), expected);
  });
});

function scriptedBytes(chunks: readonly Buffer[]): { client: ApiClient } {
  const transport: Transport = {
    request: () =>
      Promise.resolve({
        status: 200,
        headers: {},
        body: (async function* () {
          yield* chunks;
        })(),
      }),
    close: () => Promise.resolve(),
  };
  return { client: createApiClient(transport) };
}
