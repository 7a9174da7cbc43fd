import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sendJson } from '../testing/answers.ts';
import type { TestServer } from '../testing/start.ts';
import { startTestServer, testAdmin } from '../testing/start.ts';
import { person } from './testing.ts';
import type { UserInfo } from './types.ts';
import { anonymous } from './types.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

const users = {
  root: testAdmin,
  /** In the namespace `shop`. */
  viewer: person('viewer'),
  editor: person('editor'),
  owner: person('owner'),
  /** Everywhere, by a group. */
  auditor: person('auditor', 'auditors'),
  /** One pod, by its name. */
  reader: person('reader'),
  robot: person('system:serviceaccount:shop:robot', 'system:serviceaccounts', 'system:serviceaccounts:shop'),
  scheduler: person('system:kube-scheduler'),
  /** The pod `web` stands on n1. */
  n1: person('system:node:n1', 'system:nodes'),
  n2: person('system:node:n2', 'system:nodes'),
  /** Bound to a role that is not there. */
  lost: person('lost'),
  nobody: person('nobody'),
  anonymous,
} satisfies Record<string, UserInfo>;
type User = keyof typeof users;

const verbs = {
  g: 'get',
  l: 'list',
  w: 'watch',
  c: 'create',
  u: 'update',
  p: 'patch',
  d: 'delete',
  x: 'deletecollection',
} as const;
type Letter = keyof typeof verbs;

/** What each user may do, by `resource[.group][/subresource] namespace verbs`; whoever is not named may nothing. */
const table: Readonly<Record<string, Partial<Record<User, string>>>> = {
  'pods shop glwcupdx': {
    root: 'glwcupdx',
    viewer: 'glw',
    editor: 'glwcupdx',
    owner: 'glwcupdx',
    auditor: 'glw',
    reader: 'g',
    scheduler: 'glwd',
    n1: 'gcd',
    n2: 'c',
  },
  'pods default glwcupdx': { root: 'glwcupdx', auditor: 'glw', scheduler: 'glwd', n1: 'c', n2: 'c' },
  'pods - lw': { root: 'lw', auditor: 'lw', scheduler: 'lw' },
  'pods/log shop g': { root: 'g', viewer: 'g', editor: 'g', owner: 'g', auditor: 'g' },
  'pods/eviction shop c': { root: 'c', editor: 'c', owner: 'c', n1: 'c' },
  'pods/status shop gup': {
    root: 'gup',
    viewer: 'g',
    editor: 'g',
    owner: 'g',
    auditor: 'g',
    scheduler: 'up',
    n1: 'up',
  },
  'secrets shop glwcupdx': { root: 'glwcupdx', editor: 'glwcupdx', owner: 'glwcupdx' },
  'configmaps shop glwcupdx': {
    root: 'glwcupdx',
    viewer: 'glw',
    editor: 'glwcupdx',
    owner: 'glwcupdx',
    auditor: 'glw',
    robot: 'lw',
  },
  'configmaps default glwcupdx': { root: 'glwcupdx', auditor: 'glw' },
  'deployments.apps shop glwcupdx': {
    root: 'glwcupdx',
    viewer: 'glw',
    editor: 'glwcupdx',
    owner: 'glwcupdx',
    auditor: 'glw',
  },
  'deployments.apps/scale shop gup': { root: 'gup', viewer: 'g', editor: 'gup', owner: 'gup', auditor: 'g' },
  'services shop glwcupdx': {
    root: 'glwcupdx',
    viewer: 'glw',
    editor: 'glwcupdx',
    owner: 'glwcupdx',
    auditor: 'glw',
    scheduler: 'glw',
    n1: 'glw',
    n2: 'glw',
  },
  'resourcequotas shop glwcupdx': { root: 'glwcupdx', viewer: 'glw', editor: 'glw', owner: 'glw', auditor: 'glw' },
  'roles.rbac.authorization.k8s.io shop glwcupdx': { root: 'glwcupdx', owner: 'glwcupdx' },
  'rolebindings.rbac.authorization.k8s.io shop glwcupdx': { root: 'glwcupdx', owner: 'glwcupdx' },
  'clusterroles.rbac.authorization.k8s.io - glwcupdx': { root: 'glwcupdx' },
  'serviceaccounts/token shop c': { root: 'c', editor: 'c', owner: 'c', n1: 'c' },
  'namespaces - glwcupdx': { root: 'glwcupdx', viewer: 'g', editor: 'g', owner: 'g', auditor: 'glw', scheduler: 'glw' },
  'nodes - glwcupdx': { root: 'glwcupdx', scheduler: 'glw', n1: 'glwcup', n2: 'glwcup' },
  'selfsubjectaccessreviews.authorization.k8s.io - c': Object.fromEntries(
    Object.keys(users).map((user) => [user, user === 'anonymous' ? '' : 'c']),
  ),
  'subjectaccessreviews.authorization.k8s.io - c': { root: 'c', scheduler: 'c', n1: 'c', n2: 'c' },
  'localsubjectaccessreviews.authorization.k8s.io shop c': { root: 'c', owner: 'c', n1: 'c', n2: 'c' },
};

interface Cell {
  readonly verb: (typeof verbs)[Letter];
  readonly plural: string;
  readonly group: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

const named = new Set(['get', 'update', 'patch', 'delete']);
/** An object that is there, where one has to be. */
const nameOf = (plural: string): string =>
  ({ pods: 'web', namespaces: 'shop', nodes: 'n1', serviceaccounts: 'robot' })[plural] ?? 'some';

function cellsOf(key: string): readonly (readonly [Letter, Cell])[] {
  const [what = '', where = '', letters = ''] = key.split(' ');
  const [resource = '', subresource = ''] = what.split('/');
  const [plural = '', group = ''] = resource.split(/\.(.*)/s);
  return letters.split('').map((letter) => {
    const verb = verbs[letter as Letter];
    const name = named.has(verb) || subresource !== '' ? nameOf(plural) : '';
    // A namespace is in itself, so that its owners may look at it.
    const namespace = plural === 'namespaces' ? name : where === '-' ? '' : where;
    return [letter as Letter, { verb, plural, group, subresource, namespace, name }];
  });
}

const methods: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};

function pathOf({ verb, plural, group, subresource, namespace, name }: Cell): string {
  const root = group === '' ? '/api/v1' : `/apis/${group}/v1`;
  const parts = [
    root,
    ...(namespace === '' || plural === 'namespaces' ? [] : ['namespaces', namespace]),
    plural,
    name,
    subresource,
  ];
  // What is allowed must change nothing for those that come after.
  const query = { watch: '?watch=true&timeoutSeconds=1', get: '', list: '' }[verb as string] ?? '?dryRun=All';
  return parts.filter((part) => part !== '').join('/') + query;
}

function refusalOf(user: UserInfo, cell: Cell): string {
  const { verb, plural, group, subresource, namespace, name } = cell;
  const subject = (group === '' ? plural : `${plural}.${group}`) + (name === '' ? '' : ` "${name}"`);
  const resource = subresource === '' ? plural : `${plural}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `${subject} is forbidden: User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
}

let server: TestServer;
const as = (user: UserInfo) => server.server.transport(user);
const make = async (path: string, object: object): Promise<void> => {
  const { code, message } = await sendJson(as(testAdmin), 'POST', path, object);
  assert.equal(code, 201, message);
};

const rule = (verb: string, resource: string, names?: readonly string[]) => ({
  verbs: verb.split(' '),
  apiGroups: [''],
  resources: [resource],
  ...(names === undefined ? {} : { resourceNames: names }),
});
const role = (name: string, rules: readonly object[]) => ({
  apiVersion: `${apiGroup}/v1`,
  kind: 'Role',
  metadata: { name },
  rules,
});
const binding = (kind: string, roleName: string, subject: object, name = roleName) => ({
  apiVersion: `${apiGroup}/v1`,
  kind: kind === 'Role' || kind === 'ClusterRole in shop' ? 'RoleBinding' : 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup, kind: kind === 'Role' ? 'Role' : 'ClusterRole', name: roleName },
  subjects: [subject],
});
const user = (name: string) => ({ kind: 'User', apiGroup, name });

before(async () => {
  server = await startTestServer();
  await make('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  for (const name of ['default', 'robot']) {
    await make('/api/v1/namespaces/shop/serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name },
    });
  }
  await make('/api/v1/namespaces/shop/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { nodeName: 'n1', serviceAccountName: 'robot', containers: [{ name: 'c', image: 'i' }] },
  });
  await make('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
  const bindings = `${rbac}/namespaces/shop/rolebindings`;
  await make(bindings, binding('ClusterRole in shop', 'view', user('viewer')));
  await make(bindings, binding('ClusterRole in shop', 'edit', user('editor')));
  await make(bindings, binding('ClusterRole in shop', 'admin', user('owner')));
  await make(
    `${rbac}/clusterrolebindings`,
    binding('ClusterRole', 'view', { kind: 'Group', apiGroup, name: 'auditors' }),
  );
  const roles = `${rbac}/namespaces/shop/roles`;
  await make(roles, role('one-pod', [rule('get', 'pods', ['web'])]));
  await make(bindings, binding('Role', 'one-pod', user('reader')));
  await make(roles, role('maps', [rule('list watch', 'configmaps')]));
  await make(bindings, binding('Role', 'maps', { kind: 'ServiceAccount', name: 'robot', namespace: 'shop' }));
  await make(bindings, binding('Role', 'gone', user('lost')));
});
after(async () => server[Symbol.asyncDispose]());

describe('who may do what', () => {
  for (const [key, expected] of Object.entries(table)) {
    it(key, async () => {
      const wrong: string[] = [];
      for (const [who, asker] of Object.entries(users) as [User, UserInfo][]) {
        for (const [letter, cell] of cellsOf(key)) {
          const isRead = methods[cell.verb] === 'GET';
          const isPart = cell.verb === 'watch' || cell.subresource === 'log';
          const answer = isPart
            ? await answerOf(asker, cell)
            : await sendJson(as(asker), methods[cell.verb] ?? '', pathOf(cell), isRead ? undefined : {});
          const allowed = (expected[who] ?? '').includes(letter);
          // A refusal ends with the reasons of those authorizers that had something to say.
          const text = refusalOf(asker, cell);
          const isRefused = answer.code === 403 && (answer.message ?? '').startsWith(text);
          // What admission has against it comes later.
          const isAnswered = !(answer.message ?? '').startsWith(text) && answer.code !== 401 && answer.code < 504;
          if (allowed ? !isAnswered : !isRefused) wrong.push(`${who} ${cell.verb}: ${answer.code} ${answer.message}`);
          const silent = !['n1', 'n2', 'lost'].includes(who);
          if (!allowed && silent) assert.equal(answer.message, text);
        }
      }
      assert.deepEqual(wrong, []);
    });
  }

  /** For answers that are no JSON, or have no end: what they begin with. */
  async function answerOf(asker: UserInfo, cell: Cell): Promise<{ code: number; message: string | undefined }> {
    const stop = new AbortController();
    const { status, body } = await as(asker).request({
      method: 'GET',
      path: pathOf(cell),
      headers: { accept: 'application/json' },
      signal: stop.signal,
    });
    if (status === 200) {
      stop.abort();
      return { code: status, message: undefined };
    }
    const text = Buffer.concat(await Array.fromAsync(body)).toString();
    return { code: status, message: (JSON.parse(text) as { message?: string }).message };
  }

  it('names the role that a binding has lost', async () => {
    const { message } = await sendJson(as(users.lost), 'GET', '/api/v1/namespaces/shop/pods');
    assert.equal(
      message,
      'pods is forbidden: User "lost" cannot list resource "pods" in API group "" in the namespace "shop": ' +
        'RBAC: role.rbac.authorization.k8s.io "gone" not found',
    );
  });

  it('names no resource where there is none', async () => {
    const { code, message } = await sendJson(as(anonymous), 'GET', '/metrics');
    assert.deepEqual([code, message], [403, 'forbidden: User "system:anonymous" cannot get path "/metrics"']);
    assert.equal((await sendJson(as(anonymous), 'GET', '/version')).code, 200);
  });
});

describe('who may give rights away', () => {
  const roles = `${rbac}/namespaces/shop/roles`;
  const bindings = `${rbac}/namespaces/shop/rolebindings`;
  const lacking = (name: string, rules: string): string =>
    `${name} is forbidden: user "owner" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n${rules}`;

  it('whoever has them', async () => {
    const own = await sendJson(as(users.owner), 'POST', roles, role('less', [rule('get list', 'pods')]));
    assert.equal(own.code, 201, own.message);
    const bound = await sendJson(as(users.owner), 'POST', bindings, binding('Role', 'less', user('somebody')));
    assert.equal(bound.code, 201, bound.message);
    const view = binding('ClusterRole in shop', 'view', user('somebody'), 'view-2');
    assert.equal((await sendJson(as(users.owner), 'POST', bindings, view)).code, 201);
  });

  it('nobody else', async () => {
    const more = await sendJson(
      as(users.owner),
      'POST',
      roles,
      role('more', [rule('get', 'nodes'), rule('get', 'pods')]),
    );
    assert.equal(more.code, 403);
    assert.equal(
      more.message,
      lacking('roles.rbac.authorization.k8s.io "more"', '{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}'),
    );
    const all = binding('ClusterRole in shop', 'cluster-admin', user('owner'));
    const bound = await sendJson(as(users.owner), 'POST', bindings, all);
    assert.equal(bound.code, 403);
    assert.match(bound.message ?? '', /is attempting to grant RBAC permissions not currently held:\n/);
    const widened = await sendJson(as(users.owner), 'PATCH', `${roles}/less`, { rules: [rule('*', '*')] });
    assert.equal(widened.code, 403);
    const harmless = await sendJson(as(users.owner), 'PATCH', `${roles}/less`, { metadata: { labels: { a: 'b' } } });
    assert.equal(harmless.code, 200, harmless.message);
  });

  it('except those who may bind or escalate', async () => {
    const trust = {
      verbs: ['bind'],
      apiGroups: [apiGroup],
      resources: ['clusterroles'],
      resourceNames: ['system:node'],
    };
    const more = { verbs: ['escalate'], apiGroups: [apiGroup], resources: ['roles'] };
    await make(roles, role('trusted', [trust, more]));
    await make(bindings, binding('Role', 'trusted', user('owner')));
    const bound = await sendJson(
      as(users.owner),
      'POST',
      bindings,
      binding('ClusterRole in shop', 'system:node', user('x')),
    );
    assert.equal(bound.code, 201, bound.message);
    const escalated = await sendJson(as(users.owner), 'POST', roles, role('more', [rule('get', 'nodes')]));
    assert.equal(escalated.code, 201, escalated.message);
  });

  it('and only roles that are there', async () => {
    const missing = binding('Role', 'missing', user('x'));
    const { code, message } = await sendJson(as(users.owner), 'POST', bindings, missing);
    assert.deepEqual([code, message], [404, 'roles.rbac.authorization.k8s.io "missing" not found']);
  });
});

describe('what a node may write', () => {
  const node = (name: string, fields: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    ...fields,
  });
  const cases: Readonly<
    Record<string, readonly [method: string, path: string, body: object, expected: string | number]>
  > = {
    'is no other node': [
      'POST',
      '/api/v1/nodes',
      node('n3'),
      'nodes "n3" is forbidden: node "n1" is not allowed to modify node "n3"',
    ],
    'is itself': ['PATCH', '/api/v1/nodes/n1', { metadata: { labels: { own: 'label' } } }, 200],
    'is no label that steers workloads': [
      'PATCH',
      '/api/v1/nodes/n1',
      { metadata: { labels: { 'node-restriction.kubernetes.io/x': 'y' } } },
      'nodes "n1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/x',
    ],
    'is no taint': [
      'PATCH',
      '/api/v1/nodes/n1',
      { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } },
      'nodes "n1" is forbidden: node "n1" is not allowed to modify taints',
    ],
    'is the status of its pods': [
      'PATCH',
      '/api/v1/namespaces/shop/pods/web/status',
      { status: { phase: 'Running' } },
      200,
    ],
    'is no pod of its own making': [
      'POST',
      '/api/v1/namespaces/shop/pods',
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p' },
        spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] },
      },
      'pods "p" is forbidden: pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
    ],
  };
  for (const [name, [method, path, body, expected]] of Object.entries(cases)) {
    it(name, async () => {
      const { code, message } = await sendJson(as(users.n1), method, path, body);
      if (typeof expected === 'number') assert.equal(code, expected, message);
      else assert.deepEqual([code, message], [403, expected]);
    });
  }
});
