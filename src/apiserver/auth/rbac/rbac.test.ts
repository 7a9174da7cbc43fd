import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyKind } from '../../../api/kind.ts';
import type { AdmissionRequest } from '../../admission/types.ts';
import { forbidden } from '../forbidden.ts';
import { indexOf, person, request } from '../testing.ts';
import { anonymous } from '../types.ts';
import { escalationCheck } from './escalation.ts';
import { rbacAuthorizer } from './rbac-authorizer.ts';

const apiGroup = 'rbac.authorization.k8s.io';
const bind = (name: string, role: string, user: string, namespace?: string, kind = 'ClusterRole') => ({
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  roleRef: { apiGroup, kind, name: role },
  subjects: [{ kind: 'User', apiGroup, name: user }],
});
const index = indexOf(
  bind('ann-views', 'view', 'ann', 'shop'),
  bind('eve-edits', 'edit', 'eve', 'shop'),
  bind('adam-admin', 'admin', 'adam', 'shop'),
  bind('lost', 'nowhere', 'lou', 'shop', 'Role'),
  bind('one', 'one-secret', 'olga', 'shop', 'Role'),
  {
    kind: 'Role',
    metadata: { name: 'one-secret', namespace: 'shop' },
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['tls'] }],
  },
  {
    kind: 'ClusterRole',
    metadata: { name: 'widgets', labels: { [`${apiGroup}/aggregate-to-edit`]: 'true' } },
    rules: [{ verbs: ['*'], apiGroups: ['example.com'], resources: ['widgets'] }],
  },
  {
    kind: 'RoleBinding',
    metadata: { name: 'robot', namespace: 'shop' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'shop' }],
  },
);
const authorize = rbacAuthorizer(index);
const users = {
  ann: person('ann'),
  eve: person('eve'),
  adam: person('adam'),
  lou: person('lou'),
  olga: person('olga'),
  robot: person('system:serviceaccount:shop:robot', 'system:serviceaccounts'),
  nobody: anonymous,
  manager: person('system:kube-controller-manager'),
  scheduler: person('system:kube-scheduler'),
  proxy: person('system:kube-proxy'),
  dns: person('cox:dns'),
  ingress: person('cox:ingress'),
  master: person('root', 'system:masters'),
};

// Who of the users above may do it; everybody else may not.
const matrix: Readonly<Record<string, readonly (keyof typeof users)[]>> = {
  'get /pods web shop': ['ann', 'eve', 'adam', 'robot', 'manager', 'scheduler', 'ingress', 'dns', 'master'],
  'get /pods web default': ['manager', 'scheduler', 'ingress', 'dns', 'master'],
  'get /pods/log web shop': ['ann', 'eve', 'adam', 'robot', 'manager', 'master'],
  'create /pods/exec web shop': ['eve', 'adam', 'master'],
  'delete /pods web shop': ['eve', 'adam', 'manager', 'scheduler', 'master'],
  'get /secrets tls shop': ['eve', 'adam', 'olga', 'manager', 'ingress', 'master'],
  'get /secrets other shop': ['eve', 'adam', 'manager', 'ingress', 'master'],
  'list /secrets - shop': ['eve', 'adam', 'manager', 'ingress', 'master'],
  'create apps/deployments - shop': ['eve', 'adam', 'master'],
  'update apps/deployments/scale web shop': ['eve', 'adam', 'manager', 'master'],
  'create rbac.authorization.k8s.io/rolebindings - shop': ['adam', 'master'],
  'create example.com/widgets - shop': ['eve', 'adam', 'master'],
  'create /pods/binding web shop': ['scheduler', 'manager', 'master'],
  'list /nodes - -': ['manager', 'scheduler', 'proxy', 'ingress', 'master'],
  'list discovery.k8s.io/endpointslices - -': ['manager', 'proxy', 'dns', 'ingress', 'master'],
  'patch networking.k8s.io/ingresses/status web shop': ['manager', 'ingress', 'master'],
  'create authorization.k8s.io/selfsubjectaccessreviews - -': Object.keys(users).filter(
    (name) => name !== 'nobody',
  ) as (keyof typeof users)[],
  'get //healthz': Object.keys(users) as (keyof typeof users)[],
  'get //version': Object.keys(users) as (keyof typeof users)[],
  'get //apis/apps/v1': Object.keys(users).filter((name) => name !== 'nobody') as (keyof typeof users)[],
  'get //metrics': ['master'],
  'get //openid/v1/jwks': ['robot', 'master'],
};

for (const [asked, allowed] of Object.entries(matrix)) {
  test(`who may ${asked}`, () => {
    const may = Object.entries(users).filter(([, user]) => authorize(request(user, asked)).allowed);
    assert.deepEqual(may.map(([name]) => name).toSorted(), [...allowed].toSorted());
  });
}

test('decisions say why', () => {
  assert.equal(
    authorize(request(users.ann, 'get /pods web shop')).reason,
    'RBAC: allowed by RoleBinding "ann-views/shop" of ClusterRole "view" to User "ann"',
  );
  assert.equal(
    authorize(request(users.lou, 'get /pods web shop')).reason,
    'RBAC: role.rbac.authorization.k8s.io "nowhere" not found',
  );
});

const messages: Readonly<Record<string, string>> = {
  'list /pods - default':
    'pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "default"',
  'get /pods/log web default':
    'pods "web" is forbidden: User "ann" cannot get resource "pods/log" in API group "" in the namespace "default"',
  'delete apps/deployments web default':
    'deployments.apps "web" is forbidden: User "ann" cannot delete resource "deployments" in API group "apps" in the namespace "default"',
  'list /nodes - -': 'nodes is forbidden: User "ann" cannot list resource "nodes" in API group "" at the cluster scope',
  'get //metrics': 'forbidden: User "ann" cannot get path "/metrics"',
};
for (const [asked, message] of Object.entries(messages)) {
  test(`the refusal of ${asked}`, () => {
    assert.equal(forbidden(request(users.ann, asked)).message, message);
  });
}

test('an index follows changes of roles and bindings', () => {
  const changing = indexOf();
  const decide = rbacAuthorizer(changing);
  const asked = request(users.ann, 'get /pods web shop');
  assert.equal(decide(asked).allowed, false);
  const key = '/rbac.authorization.k8s.io/rolebindings/shop/ann-views';
  changing.put(key, bind('ann-views', 'view', 'ann', 'shop') as never);
  assert.equal(decide(asked).allowed, true);
  changing.remove('/rbac.authorization.k8s.io/clusterroles/system:aggregate-to-view');
  changing.put('/rbac.authorization.k8s.io/clusterroles/view', {
    kind: 'ClusterRole',
    metadata: { name: 'view' },
  } as never);
  assert.equal(decide(asked).allowed, false);
  changing.remove(key);
  assert.equal(decide(asked).reason, '');
});

function write(user: keyof typeof users, object: Record<string, unknown>, old?: unknown): Promise<void> {
  const plural = `${String(object['kind']).toLowerCase()}s`;
  const asked = {
    verb: old === undefined ? 'create' : 'update',
    kind: { group: apiGroup, plural } as AnyKind,
    subresource: '',
    namespace: 'shop',
    name: 'x',
    object,
    old,
    user: users[user],
    dryRun: false,
    now: '',
  } as unknown as AdmissionRequest;
  return (async () => escalationCheck(index, authorize).validate?.(asked, {} as never))();
}
const role = (rules: unknown) => ({ kind: 'Role', metadata: { name: 'x' }, rules });
const reads = role([{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }]);
const scales = role([{ verbs: ['get'], apiGroups: [''], resources: ['nodes'] }]);

test('nobody gives away more than they have', async () => {
  await write('adam', reads);
  await assert.rejects(write('adam', scales), {
    message:
      'roles.rbac.authorization.k8s.io "x" is forbidden: user "adam" (groups=["system:authenticated"]) is attempting ' +
      'to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}',
  });
  await write('master', scales);
  // Touching labels of a role that gives more is no gift.
  await write('adam', scales, scales);
  await write('adam', bind('x', 'view', 'bob', 'shop'));
  await assert.rejects(
    write('adam', bind('x', 'cluster-admin', 'bob', 'shop')),
    /attempting to grant RBAC permissions/,
  );
  await assert.rejects(
    write('adam', bind('x', 'nothing', 'bob', 'shop')),
    /clusterroles.rbac.authorization.k8s.io "nothing" not found/,
  );
});
