import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { AnyKind } from '../../api/kind.ts';
import { kinds } from '../../api/kinds.ts';
import { message, optional, string } from '../../api/schema.ts';
import { WireReader } from '../../machinery/protobuf/wire.ts';
import type { ApiRequest, ApiResponse } from '../http/message.ts';
import { KindRegistry } from '../registry/kind-registry.ts';
import { OpenApi } from './openapi.ts';

const registry = new KindRegistry(kinds);
const openApi = new OpenApi(registry);

async function get(
  url: string,
  headers: Record<string, string> = {},
  from = openApi,
): Promise<ApiResponse | undefined> {
  const readBody = (): Promise<Buffer> => Promise.resolve(Buffer.alloc(0));
  const request: ApiRequest = { method: 'GET', url, headers, readBody, signal: new AbortController().signal };
  return from.answer(request, url.split('?')[0] ?? '');
}

// oxlint-disable-next-line typescript/no-explicit-any -- JSON looked at field by field
async function json(url: string, from = openApi): Promise<any> {
  const answer = await get(url, {}, from);
  assert.ok(answer?.body instanceof Buffer, url);
  return JSON.parse(answer.body.toString());
}

interface Entry {
  readonly serverRelativeURL: string;
}

/** All references in a value that name nothing in `names`. */
function danglingReferences(value: unknown, prefix: string, names: object): string[] {
  const text = JSON.stringify(value);
  const references = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? ''));
  return [...references].filter((ref) => !ref.startsWith(prefix) || !(ref.slice(prefix.length) in names));
}

describe('openapi v3', () => {
  it('names all documents by their contents, which never change', async () => {
    const { paths } = await json('/openapi/v3');
    assert.deepEqual(Object.keys(paths).slice(0, 2), ['api/v1', 'apis/apiregistration.k8s.io/v1']);
    for (const [name, { serverRelativeURL }] of Object.entries<Entry>(paths)) {
      const answer = await get(serverRelativeURL);
      assert.equal(answer?.status, 200, name);
      assert.match(String(answer.headers['cache-control']), /immutable/);
      const document = await json(serverRelativeURL);
      assert.deepEqual(danglingReferences(document, '#/components/schemas/', document.components.schemas), []);
    }
    const stale = await get('/openapi/v3/apis/apps/v1?hash=00');
    assert.equal(stale?.status, 301);
    assert.equal(stale.headers['location'], paths['apis/apps/v1'].serverRelativeURL);
  });

  it('lets kubectl validate on the server and merge on its own', async () => {
    const { paths, components } = await json('/openapi/v3/apis/apps/v1');
    const { patch } = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'];
    assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group: 'apps', version: 'v1', kind: 'Deployment' });
    const names = patch.parameters.map(({ name }: { name: string }) => name);
    assert.deepEqual(names, ['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    assert.ok('application/strategic-merge-patch+json' in patch.requestBody.content);
    const { schemas } = components;
    const { containers } = schemas['io.k8s.api.core.v1.PodSpec'].properties;
    assert.deepEqual(containers, {
      type: 'array',
      items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    });
    assert.equal(
      schemas['io.k8s.api.apps.v1.DeploymentSpec'].properties.strategy['x-kubernetes-patch-strategy'],
      'retainKeys',
    );
    assert.equal(schemas['io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector']['x-kubernetes-map-type'], 'atomic');
    const scale = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale'].get;
    assert.equal(scale['x-kubernetes-group-version-kind'].kind, 'Scale');
  });

  it('describes kinds that are added later, and says of none of them how it merges', async () => {
    const later = new KindRegistry(kinds);
    const own = new OpenApi(later);
    await json('/openapi/v3', own);
    const schema = message('com.example.v1.Widget', {
      spec: optional(1, message('com.example.v1.WidgetSpec', { size: optional(1, string) })),
    });
    later.add({
      ...(kinds[0] as AnyKind),
      group: 'example.com',
      version: 'v1',
      kind: 'Widget',
      plural: 'widgets',
      schema,
    });
    const { paths, components } = await json('/openapi/v3/apis/example.com/v1', own);
    const path = Object.keys(paths).find((name) => name.endsWith('/widgets/{name}')) ?? '';
    assert.ok(!('application/strategic-merge-patch+json' in paths[path].patch.requestBody.content));
    assert.ok('com.example.v1.WidgetList' in components.schemas);
  });

  it('spares clients what they know, compresses for those who can, and refuses those who take no JSON', async () => {
    const plain = await get('/openapi/v3/api/v1', { accept: 'application/json' });
    const etag = String(plain?.headers['etag']);
    assert.equal((await get('/openapi/v3/api/v1', { 'if-none-match': etag }))?.status, 304);
    const small = await get('/openapi/v3/api/v1', { 'accept-encoding': 'gzip, deflate' });
    assert.equal(small?.headers['content-encoding'], 'gzip');
    assert.deepEqual(gunzipSync(small.body as Buffer), plain?.body);
    const accept = 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf';
    await assert.rejects(get('/openapi/v3/api/v1', { accept }), { reason: 'NotAcceptable' });
    for (const path of ['/openapi', '/openapi/v3/apis/none/v1', '/openapi/v4', '/openapi/v2/x']) {
      assert.equal(await get(path), undefined, path);
    }
  });
});

describe('openapi v2', () => {
  it('has a protobuf form for clients that take no other', async () => {
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
    const answer = await get('/openapi/v2', { accept });
    assert.equal(answer?.headers['content-type'], 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    const document = new WireReader(answer.body as Buffer);
    const sizes = new Map<number, number>();
    while (!document.done) {
      const { number } = document.tag();
      const part = document.part();
      if (number !== 8 && number !== 9) continue;
      let entries = 0;
      for (; !part.done; entries += 1) part.skip(part.tag().type);
      sizes.set(number, entries);
    }
    const { paths, definitions } = await json('/openapi/v2');
    // https://github.com/google/gnostic-models: paths are field 8 of a document, definitions 9.
    assert.deepEqual([sizes.get(8), sizes.get(9)], [Object.keys(paths).length, Object.keys(definitions).length]);
  });

  it('says the same in one document', async () => {
    const { paths, definitions } = await json('/openapi/v2');
    assert.deepEqual(danglingReferences({ paths, definitions }, '#/definitions/', definitions), []);
    assert.deepEqual(definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString'], {
      format: 'int-or-string',
      type: 'string',
    });
    const { metadata } = definitions['io.k8s.api.core.v1.Pod'].properties;
    assert.equal(metadata.$ref, '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
    const options =
      definitions['io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions']['x-kubernetes-group-version-kind'];
    assert.ok(options.some(({ group }: { group: string }) => group === 'apps'));
    const { post } = paths['/api/v1/namespaces/{namespace}/pods'];
    assert.deepEqual(post.parameters[0], {
      name: 'body',
      in: 'body',
      required: true,
      schema: { $ref: '#/definitions/io.k8s.api.core.v1.Pod' },
    });
  });
});
