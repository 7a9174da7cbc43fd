// oxlint-disable no-restricted-imports -- who asks is told apart by real connections
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Transport } from '../../../client/transport.ts';
import type { HttpsTransportOptions } from '../../../client/https-transport.ts';
import { httpsTransport } from '../../../client/https-transport.ts';
import { sendJson } from '../../testing/answers.ts';
import type { ListeningServer } from '../../testing/start.ts';
import { startListeningServer, testAdmin } from '../../testing/start.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';
const whoAmI = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const accounts = '/api/v1/namespaces/default/serviceaccounts';

let server: ListeningServer;
const transports: Transport[] = [];

async function connect(options: Partial<HttpsTransportOptions> = {}): Promise<Transport> {
  const ca = await readFile(server.pki.authority.certificateFile, 'utf8');
  const transport = httpsTransport({ server: `https://127.0.0.1:${server.listener.port}`, ca, ...options });
  transports.push(transport);
  return transport;
}
async function withCertificate(files: { certificateFile: string; keyFile: string }): Promise<Transport> {
  return connect({ cert: await readFile(files.certificateFile, 'utf8'), key: await readFile(files.keyFile, 'utf8') });
}
const make = async (path: string, object: object): Promise<Readonly<Record<string, unknown>>> => {
  const { code, message, body } = await sendJson(server.server.transport(testAdmin), 'POST', path, object);
  assert.equal(code, 201, message);
  return body;
};

interface Review {
  readonly status?: {
    readonly userInfo?: { readonly username: string; readonly groups?: readonly string[]; readonly extra?: object };
  };
}
/** Who the server takes the asker for. */
async function identity(transport: Transport, headers: Readonly<Record<string, string>> = {}) {
  const { code, body, message } = await sendJson(transport, 'POST', whoAmI, {}, headers);
  assert.equal(code, 201, message);
  return (body as Review).status?.userInfo;
}

before(async () => {
  server = await startListeningServer();
  await make(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } });
  await make(`${rbac}/clusterroles`, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'actor' },
    rules: [
      { verbs: ['impersonate'], apiGroups: [''], resources: ['users', 'serviceaccounts'] },
      { verbs: ['impersonate'], apiGroups: [''], resources: ['groups'], resourceNames: ['crew', 'more'] },
      {
        verbs: ['impersonate'],
        apiGroups: ['authentication.k8s.io'],
        resources: ['userextras/scopes'],
        resourceNames: ['a'],
      },
    ],
  });
  await make(`${rbac}/clusterrolebindings`, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'actor' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'actor' },
    subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'default' }],
  });
});
after(async () => {
  await Promise.all(transports.map((transport) => transport.close()));
  await server[Symbol.asyncDispose]();
});

async function tokenOf(name: string, spec: object = {}): Promise<string> {
  const body = await make(`${accounts}/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec,
  });
  return (body as { status: { token: string } }).status.token;
}

describe('who asks', () => {
  it('is nobody without credentials', async () => {
    const transport = await connect();
    const { code, message } = await sendJson(transport, 'GET', '/api/v1/pods');
    assert.deepEqual(
      [code, message],
      [
        403,
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
      ],
    );
    assert.equal((await sendJson(transport, 'GET', '/version')).code, 200);
  });

  it('is whom a certificate names', async () => {
    const info = await identity(await withCertificate(server.pki.admin));
    assert.equal(info?.username, 'system:admin');
    assert.deepEqual(info?.groups, ['system:masters', 'system:authenticated']);
    const node = server.pki.nodes['node-1']?.client;
    assert.ok(node !== undefined);
    const { username, groups } = (await identity(await withCertificate(node))) ?? {};
    assert.deepEqual([username, groups], ['system:node:node-1', ['system:nodes', 'system:authenticated']]);
  });

  it('is whom a token names', async () => {
    const info = await identity(await connect({ token: await tokenOf('robot') }));
    assert.equal(info?.username, 'system:serviceaccount:default:robot');
    assert.deepEqual(info?.groups, [
      'system:serviceaccounts',
      'system:serviceaccounts:default',
      'system:authenticated',
    ]);
  });

  it('is told nothing but that a token is no good', async () => {
    const good = await tokenOf('robot');
    await make(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'gone' } });
    const orphan = await tokenOf('gone');
    await sendJson(server.server.transport(testAdmin), 'DELETE', `${accounts}/gone`);
    const [head = '', claims = '', signature = ''] = good.split('.');
    const forged = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), sub: 'root' }),
    );
    const bad: Readonly<Record<string, string>> = {
      nonsense: 'nonsense',
      'for others': await tokenOf('robot', { audiences: ['vault'] }),
      'without its account': orphan,
      forged: [head, forged.toString('base64url'), signature].join('.'),
      unsigned: [Buffer.from('{"alg":"none"}').toString('base64url'), claims, ''].join('.'),
      cut: good.slice(0, -4),
    };
    for (const [name, token] of Object.entries(bad)) {
      const { code, message } = await sendJson(await connect({ token }), 'GET', '/version');
      assert.deepEqual([code, message], [401, 'Unauthorized'], name);
    }
    const { code } = await sendJson(await connect(), 'GET', '/version', undefined, { authorization: 'Basic eDp5' });
    assert.equal(code, 401);
  });
});

describe('who asks for another', () => {
  let actor: Transport;
  before(async () => {
    actor = await connect({ token: await tokenOf('robot') });
  });
  const me = 'User "system:serviceaccount:default:robot" cannot impersonate resource';

  it('is that one, where it may be', async () => {
    const info = await identity(actor, {
      'impersonate-user': 'someone',
      'impersonate-group': 'crew',
      'impersonate-extra-scopes': 'a',
    });
    assert.deepEqual(info, { username: 'someone', groups: ['crew', 'system:authenticated'], extra: { scopes: ['a'] } });
  });

  it('has the groups of an account', async () => {
    const info = await identity(actor, { 'impersonate-user': 'system:serviceaccount:shop:till' });
    assert.deepEqual(info?.groups?.toSorted(), [
      'system:authenticated',
      'system:serviceaccounts',
      'system:serviceaccounts:shop',
    ]);
  });

  it('has the rights of that one alone', async () => {
    const admin = await withCertificate(server.pki.admin);
    const { code, message } = await sendJson(admin, 'GET', '/api/v1/nodes', undefined, {
      'impersonate-user': 'someone',
    });
    assert.deepEqual(
      [code, message],
      [403, 'nodes is forbidden: User "someone" cannot list resource "nodes" in API group "" at the cluster scope'],
    );
  });

  const refused: Readonly<Record<string, readonly [headers: Record<string, string>, message: string]>> = {
    'a group that is not theirs': [
      { 'impersonate-user': 'x', 'impersonate-group': 'system:masters' },
      `groups "system:masters" is forbidden: ${me} "groups" in API group "" at the cluster scope`,
    ],
    'one group too many': [
      { 'impersonate-user': 'x', 'impersonate-group': 'crew, system:masters' },
      `groups "system:masters" is forbidden: ${me} "groups" in API group "" at the cluster scope`,
    ],
    'a uid': [
      { 'impersonate-user': 'x', 'impersonate-uid': '1' },
      `uids.authentication.k8s.io "1" is forbidden: ${me} "uids" in API group "authentication.k8s.io" at the cluster scope`,
    ],
    'more of an extra': [
      { 'impersonate-user': 'x', 'impersonate-extra-scopes': 'b' },
      `userextras.authentication.k8s.io "b" is forbidden: ${me} "userextras/scopes" in API group "authentication.k8s.io" at the cluster scope`,
    ],
  };
  for (const [name, [headers, expected]] of Object.entries(refused)) {
    it(`is refused ${name}`, async () => {
      const { code, message } = await sendJson(actor, 'POST', whoAmI, {}, headers);
      assert.deepEqual([code, message], [403, expected]);
    });
  }

  it('must have the right to', async () => {
    const { code, message } = await sendJson(await connect(), 'GET', '/version', undefined, {
      'impersonate-user': 'x',
    });
    assert.deepEqual(
      [code, message],
      [
        403,
        'users "x" is forbidden: User "system:anonymous" cannot impersonate resource "users" in API group "" at the cluster scope',
      ],
    );
  });
});
