// oxlint-disable no-restricted-imports -- who asks is told apart by real connections
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Transport } from '../../client/transport.ts';
import { sendJson } from '../testing/answers.ts';
import type { ListeningServer } from '../testing/start.ts';
import { startListeningServer, testAdmin } from '../testing/start.ts';
import { person } from './testing.ts';
import type { Proof } from './testing-identities.ts';
import { connectAs } from './testing-identities.ts';
import type { UserInfo } from './types.ts';
import { anonymous } from './types.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

const users = {
  root: { name: 'root', groups: ['system:masters', 'system:authenticated'] },
  /** In the namespace `shop`. */
  viewer: person('viewer'),
  editor: person('editor'),
  owner: person('owner'),
  /** Everywhere, by a group. */
  auditor: person('auditor', 'auditors'),
  /** One pod, one map and one Deployment's scale, by their names. */
  reader: person('reader'),
  /** Everything that is called `status`, in every group. */
  reporter: person('reporter'),
  /** Everything of one group. */
  builder: person('builder'),
  /** Paths that are no resources. */
  scraper: person('scraper'),
  monitor: person('monitor', 'system:monitoring'),
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

/** How they show who they are; by a client certificate where nothing is said. */
const proofs: Readonly<Partial<Record<User, Proof>>> = {
  editor: 'impersonation',
  auditor: 'impersonation',
  nobody: 'impersonation',
  robot: 'token',
  anonymous: 'none',
};

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

/**
 * What each user may do, by `resource[.group][/subresource][?] namespace verbs`; whoever is not named may nothing.
 * `?` asks for the one object by a field selector.
 */
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
  'pods/exec shop c': { root: 'c', editor: 'c', owner: 'c' },
  'pods/attach shop c': { root: 'c', editor: 'c', owner: 'c' },
  'pods/portforward shop c': { root: 'c', editor: 'c', owner: 'c' },
  'pods/proxy shop gcupd': { root: 'gcupd', editor: 'gcupd', owner: 'gcupd' },
  'pods/ephemeralcontainers shop gup': { root: 'gup' },
  'pods/resize shop gup': { root: 'gup' },
  'pods/binding shop c': { root: 'c', scheduler: 'c' },
  'pods/status shop gup': {
    root: 'gup',
    viewer: 'g',
    editor: 'g',
    owner: 'g',
    auditor: 'g',
    reporter: 'gp',
    scheduler: 'up',
    n1: 'up',
  },
  'pods? shop lwx': {
    root: 'lwx',
    viewer: 'lw',
    editor: 'lwx',
    owner: 'lwx',
    auditor: 'lw',
    scheduler: 'lw',
    n1: 'lw',
  },
  'secrets shop glwcupdx': { root: 'glwcupdx', editor: 'glwcupdx', owner: 'glwcupdx' },
  'configmaps shop glwcupdx': {
    root: 'glwcupdx',
    viewer: 'glw',
    editor: 'glwcupdx',
    owner: 'glwcupdx',
    auditor: 'glw',
    reader: 'gud',
    robot: 'lw',
  },
  'configmaps? shop lwx': {
    root: 'lwx',
    viewer: 'lw',
    editor: 'lwx',
    owner: 'lwx',
    auditor: 'lw',
    reader: 'lwx',
    robot: 'lw',
  },
  'configmaps default glwcupdx': { root: 'glwcupdx', auditor: 'glw' },
  'deployments.apps shop glwcupdx': {
    root: 'glwcupdx',
    viewer: 'glw',
    editor: 'glwcupdx',
    owner: 'glwcupdx',
    auditor: 'glw',
    builder: 'glwcupdx',
  },
  'deployments.apps default glwcupdx': { root: 'glwcupdx', auditor: 'glw' },
  'deployments.apps/scale shop gup': {
    root: 'gup',
    viewer: 'g',
    editor: 'gup',
    owner: 'gup',
    auditor: 'g',
    reader: 'gu',
    builder: 'gup',
  },
  'deployments.apps/status shop gup': {
    root: 'gup',
    viewer: 'g',
    editor: 'g',
    owner: 'g',
    auditor: 'g',
    reporter: 'gp',
    builder: 'gup',
  },
  'jobs.batch shop glwcupdx': {
    root: 'glwcupdx',
    viewer: 'glw',
    editor: 'glwcupdx',
    owner: 'glwcupdx',
    auditor: 'glw',
  },
  'ingresses.networking.k8s.io shop glwcupdx': {
    root: 'glwcupdx',
    viewer: 'glw',
    editor: 'glwcupdx',
    owner: 'glwcupdx',
    auditor: 'glw',
  },
  'endpointslices.discovery.k8s.io shop glwcupdx': {
    root: 'glwcupdx',
    viewer: 'glw',
    editor: 'glw',
    owner: 'glw',
    auditor: 'glw',
  },
  'leases.coordination.k8s.io shop glwcupdx': {
    root: 'glwcupdx',
    editor: 'glwcupdx',
    owner: 'glwcupdx',
    scheduler: 'c',
  },
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
  'clusterrolebindings.rbac.authorization.k8s.io - glwcupdx': { root: 'glwcupdx' },
  'persistentvolumes - glwcupdx': { root: 'glwcupdx', scheduler: 'glwup' },
  'storageclasses.storage.k8s.io - glwcupdx': { root: 'glwcupdx', scheduler: 'glw' },
  'customresourcedefinitions.apiextensions.k8s.io - glwcupdx': { root: 'glwcupdx' },
  'namespaces/status - gup': {
    root: 'gup',
    viewer: 'g',
    editor: 'g',
    owner: 'g',
    auditor: 'g',
    reporter: 'gp',
  },
  'nodes/status - gup': { root: 'gup', reporter: 'gp', n1: 'up', n2: 'up' },
  'nodes/proxy - gcupd': { root: 'gcupd' },
  'services/proxy shop gcupd': { root: 'gcupd', editor: 'gcupd', owner: 'gcupd' },
  'serviceaccounts/token shop c': { root: 'c', editor: 'c', owner: 'c', n1: 'c' },
  'namespaces - glwcupdx': { root: 'glwcupdx', viewer: 'g', editor: 'g', owner: 'g', auditor: 'glw', scheduler: 'glw' },
  'nodes - glwcupdx': { root: 'glwcupdx', scheduler: 'glw', n1: 'glwcup', n2: 'glwcup' },
  'selfsubjectaccessreviews.authorization.k8s.io - c': Object.fromEntries(
    Object.keys(users).map((user) => [user, user === 'anonymous' ? '' : 'c']),
  ),
  'subjectaccessreviews.authorization.k8s.io - c': { root: 'c', scheduler: 'c', n1: 'c', n2: 'c' },
  'localsubjectaccessreviews.authorization.k8s.io shop c': { root: 'c', owner: 'c', n1: 'c', n2: 'c' },
};

/** Who may get what is no resource; everybody else is refused. */
const paths: Readonly<Record<string, readonly User[]>> = {
  '/version': Object.keys(users) as User[],
  '/healthz': Object.keys(users) as User[],
  '/livez': Object.keys(users) as User[],
  '/readyz': Object.keys(users) as User[],
  ...Object.fromEntries(
    ['/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/openapi/v2', '/openapi/v3'].map((path) => [
      path,
      (Object.keys(users) as User[]).filter((user) => user !== 'anonymous'),
    ]),
  ),
  '/livez/ping': ['root', 'monitor'],
  '/metrics': ['root', 'scraper', 'monitor'],
  '/metrics/slis': ['root', 'monitor'],
  '/metrics/more': ['root'],
  '/openid/v1/jwks': ['root', 'robot'],
  '/.well-known/openid-configuration': ['root', 'robot'],
  '/debug/anything': ['root', 'scraper'],
  '/nowhere': ['root'],
};

interface Cell {
  readonly verb: (typeof verbs)[Letter];
  readonly plural: string;
  readonly group: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly selected: boolean;
}

const named = new Set(['get', 'update', 'patch', 'delete']);
/** An object that is there, where one has to be. */
const nameOf = (plural: string): string =>
  ({ pods: 'web', namespaces: 'shop', nodes: 'n1', serviceaccounts: 'robot' })[plural] ?? 'some';

function cellsOf(key: string): readonly (readonly [Letter, Cell])[] {
  const [what = '', where = '', letters = ''] = key.split(' ');
  const selected = what.endsWith('?');
  const [resource = '', subresource = ''] = what.replace('?', '').split('/');
  const [plural = '', group = ''] = resource.split(/\.(.*)/s);
  return letters.split('').map((letter) => {
    const verb = verbs[letter as Letter];
    const name = named.has(verb) || subresource !== '' || selected ? nameOf(plural) : '';
    // A namespace is in itself, so that its owners may look at it.
    const namespace = plural === 'namespaces' ? name : where === '-' ? '' : where;
    return [letter as Letter, { verb, plural, group, subresource, namespace, name, selected }];
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

function pathOf({ verb, plural, group, subresource, namespace, name, selected }: Cell): string {
  const root = group === '' ? '/api/v1' : `/apis/${group}/v1`;
  const parts = [
    root,
    ...(namespace === '' || plural === 'namespaces' ? [] : ['namespaces', namespace]),
    plural,
    selected ? '' : name,
    subresource,
  ];
  const query = [
    ...(selected ? [`fieldSelector=metadata.name=${name}`] : []),
    // What is allowed must change nothing for those that come after.
    ...({ watch: ['watch=true', 'timeoutSeconds=1'], get: [], list: [] }[verb as string] ?? ['dryRun=All']),
  ];
  return `${parts.filter((part) => part !== '').join('/')}?${query.join('&')}`;
}

/** The whole answer to whom may not, without the reasons that an authorizer gave. */
function refusalOf(user: UserInfo, cell: Cell): Readonly<Record<string, unknown>> & { readonly message: string } {
  const { verb, plural, group, subresource, namespace, name } = cell;
  const subject = (group === '' ? plural : `${plural}.${group}`) + (name === '' ? '' : ` "${name}"`);
  const resource = subresource === '' ? plural : `${plural}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `${subject} is forbidden: User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
    reason: 'Forbidden',
    details: { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: plural },
    code: 403,
  };
}

let server: ListeningServer;
const connections = new Map<UserInfo, Transport>();
const as = (user: UserInfo): Transport => {
  const transport = connections.get(user);
  assert.ok(transport !== undefined, `nobody is connected as ${user.name}`);
  return transport;
};
const make = async (path: string, object: object): Promise<void> => {
  const { code, message } = await sendJson(server.server.transport(testAdmin), 'POST', path, object);
  assert.equal(code, 201, message);
};

const rule = (verb: string, resource: string, names?: readonly string[], group = '') => ({
  verbs: verb.split(' '),
  apiGroups: [group],
  resources: [resource],
  ...(names === undefined ? {} : { resourceNames: names }),
});
const role = (name: string, rules: readonly object[], kind = 'Role') => ({
  apiVersion: `${apiGroup}/v1`,
  kind,
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
  server = await startListeningServer();
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
  await make(
    roles,
    role('one-pod', [
      rule('get', 'pods', ['web']),
      rule('get list watch create update delete deletecollection', 'configmaps', ['some']),
      rule('get update', 'deployments/scale', ['some'], 'apps'),
    ]),
  );
  await make(bindings, binding('Role', 'one-pod', user('reader')));
  await make(roles, role('maps', [rule('list watch', 'configmaps')]));
  await make(bindings, binding('Role', 'maps', { kind: 'ServiceAccount', name: 'robot', namespace: 'shop' }));
  await make(bindings, binding('Role', 'gone', user('lost')));
  await make(roles, role('builder', [rule('*', '*', undefined, 'apps')]));
  await make(bindings, binding('Role', 'builder', user('builder')));
  const clusterWide = async (name: string, rules: readonly object[]): Promise<void> => {
    await make(`${rbac}/clusterroles`, role(name, rules, 'ClusterRole'));
    await make(`${rbac}/clusterrolebindings`, binding('ClusterRole', name, user(name)));
  };
  await clusterWide('reporter', [rule('get patch', '*/status', undefined, '*')]);
  await clusterWide('scraper', [{ verbs: ['get'], nonResourceURLs: ['/metrics', '/debug/*'] }]);
  for (const [who, info] of Object.entries(users) as [User, UserInfo][]) {
    connections.set(info, await connectAs(server, info, proofs[who] ?? 'certificate'));
  }
});
after(async () => {
  await Promise.all([...connections.values()].map((transport) => transport.close()));
  await server[Symbol.asyncDispose]();
});

interface Answer {
  readonly code: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly message: string | undefined;
}

/** An answer to the end; of what is no JSON or has no end, its beginning is enough. */
async function answerOf(asker: UserInfo, cell: Cell): Promise<Answer> {
  const method = methods[cell.verb] ?? '';
  const isPart = cell.verb === 'watch' || ['log', 'proxy'].includes(cell.subresource);
  if (!isPart) return sendJson(as(asker), method, pathOf(cell), method === 'GET' ? undefined : {});
  const stop = new AbortController();
  const { status, body } = await as(asker).request({
    method,
    path: pathOf(cell),
    headers: { accept: 'application/json' },
    signal: stop.signal,
  });
  if (status === 200) {
    stop.abort();
    return { code: status, body: {}, message: undefined };
  }
  const parsed = JSON.parse(Buffer.concat(await Array.fromAsync(body)).toString()) as Answer['body'];
  return { code: status, body: parsed, message: parsed['message'] as string | undefined };
}

/** Those about whom an authorizer has more to say. */
const explained: readonly User[] = ['n1', 'n2', 'lost'];

describe('who may do what', () => {
  for (const [key, expected] of Object.entries(table)) {
    it(key, async () => {
      const wrong: string[] = [];
      for (const [letter, cell] of cellsOf(key)) {
        const granted = await answerOf(users.root, cell);
        for (const [who, asker] of Object.entries(users) as [User, UserInfo][]) {
          const answer = who === 'root' ? granted : await answerOf(asker, cell);
          const refusal = refusalOf(asker, cell);
          const isRefused = answer.message?.startsWith(refusal.message) ?? false;
          if (!(expected[who] ?? '').includes(letter)) {
            const message = isRefused && explained.includes(who) ? answer.message : refusal.message;
            assert.deepEqual(answer.body, { ...refusal, message }, `${who} ${cell.verb}`);
            continue;
          }
          // Whoever may is answered as root is; admission tells nodes apart from others afterwards.
          const isAnswered = answer.code === granted.code || (answer.code === 403 && who.startsWith('n'));
          if (isRefused || !isAnswered) wrong.push(`${who} ${cell.verb}: ${answer.code} ${answer.message}`);
        }
      }
      assert.deepEqual(wrong, []);
    });
  }

  for (const [path, allowed] of Object.entries(paths)) {
    it(`get ${path}`, async () => {
      for (const [who, asker] of Object.entries(users) as [User, UserInfo][]) {
        const { status, body } = await as(asker).request({ method: 'GET', path, headers: { accept: '*/*' } });
        const text = Buffer.concat(await Array.fromAsync(body)).toString();
        if (allowed.includes(who)) assert.ok(status === 200 || status === 404, `${who}: ${status} ${text}`);
        else {
          assert.deepEqual(
            JSON.parse(text),
            {
              kind: 'Status',
              apiVersion: 'v1',
              metadata: {},
              status: 'Failure',
              message: `forbidden: User "${asker.name}" cannot get path "${path}"`,
              reason: 'Forbidden',
              details: {},
              code: 403,
            },
            who,
          );
        }
      }
    });
  }

  it('names the role that a binding has lost', async () => {
    const { message } = await sendJson(as(users.lost), 'GET', '/api/v1/namespaces/shop/pods');
    assert.equal(
      message,
      'pods is forbidden: User "lost" cannot list resource "pods" in API group "" in the namespace "shop": ' +
        'RBAC: role.rbac.authorization.k8s.io "gone" not found',
    );
  });

  it('by other methods than get, nobody but root', async () => {
    for (const asker of [users.anonymous, users.viewer, users.monitor, users.robot]) {
      const { code, message } = await sendJson(as(asker), 'POST', '/version', {});
      assert.deepEqual([code, message], [403, `forbidden: User "${asker.name}" cannot post path "/version"`]);
    }
  });

  it('and whoever may hears of faults, all of them by field', async () => {
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: [{ name: 'A', image: 'i' }] } };
    const answer = await sendJson(as(users.editor), 'POST', '/api/v1/namespaces/shop/pods', body);
    const { causes = [], ...details } = answer.body['details'] as { causes?: readonly Record<string, string>[] };
    assert.deepEqual([answer.code, answer.body['reason'], details], [422, 'Invalid', { kind: 'Pod' }]);
    assert.deepEqual(
      causes.map(({ reason, field }) => [reason, field]),
      [
        ['FieldValueRequired', 'metadata.name'],
        ['FieldValueInvalid', 'spec.containers[0].name'],
      ],
    );
  });

  it('of what is not there, as of what is', async () => {
    const unknown = '/apis/nowhere.example/v1/namespaces/shop/things/one/part';
    const { code, message } = await sendJson(as(users.viewer), 'GET', unknown);
    assert.deepEqual(
      [code, message],
      [
        403,
        'things.nowhere.example "one" is forbidden: User "viewer" cannot get resource "things/part" in API group "nowhere.example" in the namespace "shop"',
      ],
    );
    assert.equal((await sendJson(as(users.root), 'GET', unknown)).code, 404);
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
