// oxlint-disable no-restricted-imports -- a real client of a real server
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { configMaps } from '../../api/resources.ts';
import { sendJson } from '../testing/answers.ts';
import type { ListeningServer } from '../testing/start.ts';
import { startListeningServer, testAdmin } from '../testing/start.ts';

let server: ListeningServer;
let tls: ClientOptions;
const maps = '/api/v1/namespaces/default/configmaps';
const bearer = 'base64url.bearer.authorization.k8s.io.';

before(async () => {
  server = await startListeningServer();
  const read = (file: string): Promise<string> => readFile(file, 'utf8');
  const { authority, admin } = server.pki;
  const [ca, cert, key] = [
    await read(authority.certificateFile),
    await read(admin.certificateFile),
    await read(admin.keyFile),
  ];
  tls = { ca, cert, key };
});
after(async () => server[Symbol.asyncDispose]());

const dial = (path: string, options: ClientOptions = tls, protocols: string[] = []): WebSocket =>
  new WebSocket(`wss://127.0.0.1:${server.listener.port}${path}`, protocols, options);
const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } });

interface Event {
  readonly type: string;
  readonly object: { readonly metadata: { readonly name: string } };
}
async function next(socket: WebSocket): Promise<string> {
  const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
  assert.equal(isBinary, false);
  const { type, object } = JSON.parse(data.toString()) as Event;
  return `${type} ${object.metadata.name}`;
}
/** The status with which a handshake is refused. */
async function refusal(socket: WebSocket): Promise<number | undefined> {
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }];
  socket.terminate();
  return response.statusCode;
}

describe('a watch over a WebSocket', () => {
  it('has a message for each change', async () => {
    const client = server.client();
    await client.create(configMaps, map('first'));
    const socket = dial(`${maps}?watch=true`);
    assert.equal(await next(socket), 'ADDED first');
    await client.create(configMaps, map('second'));
    assert.equal(await next(socket), 'ADDED second');
    socket.send('is of no interest');
    await client.delete(configMaps, { name: 'first', namespace: 'default' });
    assert.equal(await next(socket), 'DELETED first');
    socket.close();
    await once(socket, 'close');
  });

  it('ends when its time is up', async () => {
    const socket = dial(`${maps}?watch=true&timeoutSeconds=1`);
    const [code] = (await once(socket, 'close')) as [number];
    assert.equal(code, 1000);
  });

  it('is refused in a way that can be read', async () => {
    assert.equal(await refusal(dial(`${maps}?watch=true&resourceVersion=x`)), 400);
    assert.equal(await refusal(dial(`${maps}?watch=true`, { ca: tls.ca })), 403);
    assert.equal(await refusal(dial(maps)), 400);
  });

  it('is for whom a token among the subprotocols names', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } };
    const admin = server.server.transport(testAdmin);
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    await sendJson(admin, 'POST', accounts, account);
    await sendJson(admin, 'POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'robot' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'default' }],
    });
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const { body } = await sendJson(admin, 'POST', `${accounts}/robot/token`, request);
    const { token } = (body as { status: { token: string } }).status;
    const offer = bearer + Buffer.from(token).toString('base64url');
    const anonymous = { ca: tls.ca };
    const socket = dial(`${maps}?watch=true`, anonymous, ['v1.k8s.io', offer]);
    assert.equal(await next(socket), 'ADDED second');
    assert.equal(socket.protocol, 'v1.k8s.io');
    socket.close();
    assert.equal(await refusal(dial(`${maps}?watch=true`, anonymous, [offer])), 401);
    assert.equal(await refusal(dial(`${maps}?watch=true`, anonymous, ['v1.k8s.io', `${bearer}eA`])), 401);
  });
});
