// oxlint-disable no-restricted-imports -- real connections, and a kind's full address
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ClientHttp2Session } from 'node:http2';
import { connect as connectHttp2 } from 'node:http2';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { APIService } from '../../api/apiregistration/api-service.schema.ts';
import { resource } from '../../api/resources.ts';
import { ensurePki } from '../../cluster/pki/pki.ts';
import { dialError } from '../../machinery/upgrade/dial-failure.ts';
import { dial } from '../streaming/proxied/dial.ts';
import type { ExtensionServer } from '../testing/extension-server.ts';
import { extension, startExtensionServer } from '../testing/extension-server.ts';
import { sendJson } from '../testing/answers.ts';
import { selfSigned } from '../testing/self-signed.ts';
import type { ListeningServer } from '../testing/start.ts';
import { startListeningServer, testAdmin } from '../testing/start.ts';

const apiServices = resource<APIService>('apiregistration.k8s.io', 'v1', 'apiservices', 'APIService', false);
const name = `${extension.version}.${extension.group}`;
const root = `/apis/${extension.group}/${extension.version}`;
const things = `${root}/namespaces/default/things`;
const right = selfSigned('DNS:ext.default.svc');
const base64 = (pem: string): string => Buffer.from(pem).toString('base64');

let directory: string;
let server: ListeningServer;
let tls: { readonly ca: string; readonly cert: string; readonly key: string };
let clientCa: string;
let remote: ExtensionServer;
let session: ClientHttp2Session;
/** Where the Service leads. */
let port = 0;

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const deadline = Date.now() + 60_000; ;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    assert.ok(Date.now() < deadline, `not in time: ${what}`);
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cox-aggregation-'));
  const none = { ips: [], dnsNames: [] };
  const pki = await ensurePki({
    directory,
    nodes: [{ name: 'node-1', ip: '127.0.0.1' }],
    apiServer: none,
    registry: none,
  });
  const read = (file: string): Promise<string> => readFile(file, 'utf8');
  clientCa = await read(pki.frontProxyAuthority.certificateFile);
  const ca = await read(pki.authority.certificateFile);
  tls = { ca, cert: await read(pki.admin.certificateFile), key: await read(pki.admin.keyFile) };
  server = await startListeningServer({
    directory,
    aggregation: {
      clientCa: ca,
      requestHeaderCa: clientCa,
      allowedNames: ['front-proxy-client'],
      cert: await read(pki.frontProxyClient.certificateFile),
      key: await read(pki.frontProxyClient.keyFile),
    },
    dialService: async (_service, _reader, signal) => {
      try {
        return await dial('127.0.0.1', port, signal);
      } catch (error) {
        throw new Error(dialError('127.0.0.1', port, error), { cause: error });
      }
    },
  });
  remote = await startExtensionServer(right, clientCa);
  session = connectHttp2(`https://127.0.0.1:${server.listener.port}`, { ...tls, maxSessionMemory: 256 });
  await send('POST', '/api/v1/namespaces/default/services', {
    metadata: { name: 'ext' },
    spec: { ports: [{ name: 'https', port: 443 }] },
  });
  await send('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: 'ext', labels: { 'kubernetes.io/service-name': 'ext' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['192.0.2.1'] }],
    ports: [{ name: 'https', port: 443 }],
  });
});
after(async () => {
  session.destroy();
  await server[Symbol.asyncDispose]();
  await remote[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- JSON looked at field by field
  readonly json: any;
}

function open(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Buffer,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.listener.port, method, path, headers, agent: false, ...tls };
    const request = httpsRequest(options, resolve);
    request.on('error', reject);
    request.end(body);
  });
}

async function send(
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const sent = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const response = await open(method, path, { accept: 'application/json', 'content-type': type, ...headers }, sent);
  const said = await text(response);
  const isJson = response.headers['content-type']?.startsWith('application/json') === true;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: said,
    json: isJson ? JSON.parse(said) : undefined,
  };
}

/** The same over HTTP/2. */
async function send2(headers: Record<string, string>, body?: Buffer): Promise<{ status: number; body: Buffer }> {
  const stream = session.request(headers, { endStream: body === undefined });
  let status = 0;
  stream.on('response', (response) => (status = Number(response[':status'])));
  if (body !== undefined) stream.end(body);
  const chunks = await stream.toArray();
  return { status, body: Buffer.concat(chunks as Buffer[]) };
}

const becomes = (reason: string): Promise<string> =>
  until(reason, async () => {
    const { status } = await server.client().get(apiServices, { name });
    const condition = status.conditions?.find(({ type }) => type === 'Available');
    return condition?.reason === reason ? (condition.message ?? '') : undefined;
  });

let changes = 0;
/** The Service's endpoints have changed: nobody may rely on connections that were kept. */
async function endpointsChange(): Promise<void> {
  const path = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/ext';
  await send('PATCH', path, { metadata: { annotations: { changed: String(changes++) } } });
}

async function register(spec: object): Promise<void> {
  const object = {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name },
    spec: {
      ...extension,
      service: { namespace: 'default', name: 'ext' },
      groupPriorityMinimum: 17_850,
      versionPriority: 15,
      ...spec,
    },
  };
  await send('DELETE', `/apis/apiregistration.k8s.io/v1/apiservices/${name}`);
  assert.equal((await send('POST', '/apis/apiregistration.k8s.io/v1/apiservices', object)).status, 201);
}

describe('an API server behind an APIService', () => {
  beforeEach(async () => {
    port = remote.port;
    remote.isModern = true;
    await register({ caBundle: base64(right.cert) });
    assert.equal(await becomes('Passed'), 'all checks passed');
  });

  it('is asked in the name of the client, whatever the client says of itself', async () => {
    const claims = { 'x-remote-user': 'root', 'x-remote-group': 'system:masters', 'x-remote-extra-a': 'b' };
    const { status, headers, json } = await send('PUT', `${things}/a%2Fb?x=%20&y`, { a: 1 }, claims);
    assert.deepEqual([status, headers['x-from']], [200, 'extension']);
    assert.deepEqual(
      [json.method, json.url, json.certificate],
      ['PUT', `${things}/a%2Fb?x=%20&y`, 'front-proxy-client'],
    );
    const raw: string[] = json.rawHeaders;
    const values = (wanted: string): string[] =>
      raw.flatMap((header, index) =>
        index % 2 === 0 && header.toLowerCase() === wanted ? [raw[index + 1] ?? ''] : [],
      );
    assert.deepEqual(values('x-remote-user'), ['system:admin']);
    assert.deepEqual(values('x-remote-group'), ['system:masters', 'system:authenticated']);
    assert.deepEqual([values('x-remote-extra-a'), values('authorization')], [[], []]);
    assert.deepEqual(values('host'), ['ext.default.svc:443']);
  });

  it('is asked only for those who may', async () => {
    const anonymous = { ca: tls.ca, host: '127.0.0.1', port: server.listener.port, path: things, agent: false };
    const [response] = (await once(httpsRequest(anonymous).end(), 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 403);
    assert.match(await text(response), /things\.ext\.example\.com is forbidden: User \\"system:anonymous\\"/);
  });

  it('gets bodies of any size as they come, over either version of HTTP', async () => {
    const big = Buffer.alloc(1024 * 1024, 'body ');
    const path = `${things}/echo`;
    const two = await send2({ ':method': 'POST', ':path': path }, big);
    assert.deepEqual([two.status, two.body.equals(big)], [200, true]);
    const response = await open('POST', path, { 'transfer-encoding': 'chunked' }, big);
    assert.ok(Buffer.concat(await response.toArray()).equals(big));
    assert.equal(
      (await send2({ ':method': 'DELETE', ':path': path }, Buffer.from('options'))).body.toString(),
      'options',
    );
    const inside = await sendJson(server.server.transport(testAdmin), 'DELETE', path, { a: 1 });
    assert.deepEqual(inside.body, { a: 1 });
    assert.equal((await send2({ ':method': 'GET', ':path': `${things}/x` })).status, 200);
    assert.equal((await send2({ ':method': 'HEAD', ':path': `${things}/x` })).status, 200);
  });

  it('may be watched; the watch ends with whichever side leaves', async () => {
    const first = await open('GET', `${things}?watch=true`);
    assert.equal(String((await once(first, 'data'))[0]), '{"type":"ADDED"}\n');
    const [watching] = remote.watches;
    watching?.write('{"type":"MODIFIED"}\n');
    assert.equal(String((await once(first, 'data'))[0]), '{"type":"MODIFIED"}\n');
    first.on('error', () => undefined).destroy();
    await until('the watch is gone', () => (remote.watches.size === 0 ? true : undefined));

    const stream = session.request({ ':path': `${things}?watch=true` });
    assert.equal(String((await once(stream, 'data'))[0]), '{"type":"ADDED"}\n');
    for (const each of remote.watches) each.end();
    await once(stream.resume(), 'end');
  });

  async function upgraded(path: string, protocol: string): Promise<{ head: IncomingMessage; socket?: Duplex }> {
    const headers = { connection: 'Upgrade', upgrade: protocol, 'x-remote-user': 'root' };
    const options = { host: '127.0.0.1', port: server.listener.port, path, headers, agent: false, ...tls };
    const request = httpsRequest(options).end();
    return new Promise((resolve, reject) => {
      request.once('upgrade', (head, socket) => resolve({ head, socket }));
      request.once('response', (head) => resolve({ head }));
      request.once('error', reject);
    });
  }

  it('takes upgrades, or refuses them', async () => {
    const { head, socket } = await upgraded(`${things}/a/exec`, 'echo');
    assert.deepEqual([head.statusCode, head.headers['x-user']], [101, 'system:admin']);
    socket?.write('hello');
    assert.equal(String((await once(socket as Duplex, 'data'))[0]), 'hello');
    socket?.destroy();
    const refused = await upgraded(`${things}/a/refused`, 'echo');
    assert.deepEqual([refused.head.statusCode, await text(refused.head)], [403, 'no']);
  });

  it('is never spoken to directly in another version of HTTP', async () => {
    const { head } = await upgraded(`${things}/a`, 'h2c');
    assert.equal(head.statusCode, 400);
  });

  it('may not send clients elsewhere', async () => {
    const { status, text: said } = await send('GET', `${things}/moved`);
    assert.deepEqual([status, said], [502, 'the backend attempted to redirect this request, which is not permitted']);
  });

  it('is part of discovery and OpenAPI, where its priority puts it', async () => {
    const { groups } = (await send('GET', '/apis')).json;
    assert.deepEqual(
      groups.slice(0, 3).map((each: { name: string }) => each.name),
      ['apiregistration.k8s.io', extension.group, 'apps'],
    );
    assert.equal((await send('GET', `/apis/${extension.group}`)).json.preferredVersion.version, extension.version);
    assert.equal((await send('GET', root)).json.resources[0].name, 'things');
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const of = async () => {
      const { items } = (await send('GET', '/apis', undefined, { accept })).json;
      return items.find((each: { metadata: { name: string } }) => each.metadata.name === extension.group).versions[0];
    };
    assert.deepEqual(await of(), {
      version: extension.version,
      freshness: 'Current',
      resources: [{ resource: 'things', responseKind: { kind: 'Thing' }, scope: 'Namespaced', verbs: ['list'] }],
    });
    const { paths } = (await send('GET', '/openapi/v3')).json;
    const url = paths[root.slice(1)].serverRelativeURL;
    assert.deepEqual((await send('GET', url)).json, { openapi: '3.0.0' });

    remote.isModern = false;
    await register({ caBundle: base64(right.cert), versionPriority: 20 });
    await becomes('Passed');
    const [thing] = (await of()).resources;
    assert.deepEqual([thing.singularResource, thing.subresources[0].subresource], ['thing', 'status']);

    port = 1;
    await endpointsChange();
    await becomes('FailedDiscoveryCheck');
    const stale = await of();
    assert.deepEqual([stale.freshness, stale.resources], ['Stale', [thing]], 'it is known what there was');
    await register({ caBundle: base64(right.cert) });
    await becomes('FailedDiscoveryCheck');
    assert.deepEqual(await of(), { version: extension.version, freshness: 'Stale', resources: [] });
  });

  it('is not asked while it is down, and again when it is back', async () => {
    port = 1;
    await endpointsChange();
    const message = await becomes('FailedDiscoveryCheck');
    assert.match(
      message,
      /^failing or missing response from (https:\/\/[^ ]+:443\/apis\/ext\.example\.com\/v1alpha1): Get "\1": /,
    );
    const { status, text: said } = await send('GET', things);
    assert.deepEqual([status, said], [503, 'service unavailable\n']);
    const list = await send('GET', '/apis/apiregistration.k8s.io/v1/apiservices', undefined, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    const row = list.json.rows.find(({ cells }: { cells: string[] }) => cells[0] === name).cells;
    assert.deepEqual(row.slice(1, 3), ['default/ext', 'False (FailedDiscoveryCheck)']);
    port = remote.port;
    await endpointsChange();
    await becomes('Passed');
    assert.equal((await send('GET', things)).status, 200);
  });

  it('that cannot be reached is said to be so', async () => {
    // The condition still says that it is there.
    await remote[Symbol.asyncDispose]();
    const { status, text: said } = await send('POST', things, { a: 1 });
    assert.equal(status, 503);
    assert.match(
      said,
      /service unavailable|error trying to reach service: dial tcp 127\.0\.0\.1:\d+: connect: connection refused/,
    );
    remote = await startExtensionServer(right, clientCa);
  });

  it('that says nothing when asked what it serves holds nobody up', async () => {
    remote.isSilent = true;
    const { status, text: said } = await send('GET', root);
    remote.isSilent = false;
    assert.deepEqual([status, said], [503, 'error trying to reach service: context deadline exceeded\n']);
  });
});

describe('the certificate of an API server', () => {
  const wrong: Record<string, { pair: () => { key: string; cert: string }; trusted?: string; said: RegExp }> = {
    'must be signed by the authority that is named': {
      pair: () => right,
      trusted: selfSigned('DNS:ext.default.svc').cert,
      said: /tls: failed to verify certificate: x509: certificate signed by unknown authority/,
    },
    'must bear its name': {
      pair: () => selfSigned('DNS:other.default.svc'),
      said: /x509: certificate is valid for other\.default\.svc, not ext\.default\.svc/,
    },
  };
  for (const [title, { pair, trusted, said }] of Object.entries(wrong)) {
    it(title, async () => {
      const own = pair();
      await using other = await startExtensionServer(own, clientCa);
      port = other.port;
      await register({ caBundle: base64(trusted ?? own.cert) });
      assert.match(await becomes('FailedDiscoveryCheck'), said);
      assert.equal((await send('GET', things)).status, 503);
      await register({ insecureSkipTLSVerify: true });
      await becomes('Passed');
      assert.equal((await send('GET', things)).status, 200);
    });
  }
});
