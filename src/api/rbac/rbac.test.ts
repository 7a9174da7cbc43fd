import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf, faultsOf, made } from '../testing/judge.ts';
import { clusterRoleBindingKind } from './cluster-role-binding.ts';
import { clusterRoleKind } from './cluster-role.ts';
import { roleBindingKind } from './role-binding.ts';
import { roleKind } from './role.ts';

const group = 'rbac.authorization.k8s.io';
const role = { kind: 'Role', name: 'reader' };

it('a binding gets the API group of its role and of its users', () => {
  const subjects = [
    { kind: 'User', name: 'ann' },
    { kind: 'ServiceAccount', name: 'default' },
  ];
  const binding = made(roleBindingKind, { roleRef: role, subjects });
  assert.equal(binding.roleRef.apiGroup, group);
  assert.deepEqual(
    binding.subjects?.map(({ apiGroup }) => apiGroup),
    [group, undefined],
  );
});

describe('the faults of rules', () => {
  const cases: Record<string, readonly [object, ...faults: string[]]> = {
    none: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
    nothing: [
      { verbs: [] },
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ],
    'a path in a namespace': [
      { verbs: ['get'], nonResourceURLs: ['/healthz'] },
      'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
    ],
  };
  for (const [name, [rule, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(roleKind, made(roleKind, { rules: [rule] })), faults));
  }
  it('a path for the cluster, but not together with resources', () => {
    const alone = { verbs: ['get'], nonResourceURLs: ['/healthz'] };
    assert.deepEqual(faultsOf(clusterRoleKind, made(clusterRoleKind, { rules: [alone] })), []);
    const both = { ...alone, resources: ['pods'] };
    assert.deepEqual(faultsOf(clusterRoleKind, made(clusterRoleKind, { rules: [both] })), [
      'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: rules cannot apply to both regular resources and non-resource URLs',
    ]);
  });
  it('a role that gathers nothing', () => {
    assert.deepEqual(faultsOf(clusterRoleKind, made(clusterRoleKind, { aggregationRule: {} })), [
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ]);
  });
});

describe('the faults of bindings', () => {
  const cases: Record<string, readonly [object, ...faults: string[]]> = {
    'a role for the cluster': [
      { roleRef: role },
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    ],
    'a name that is no part of a path': [
      { roleRef: { kind: 'ClusterRole', name: 'a/b' } },
      'roleRef.name: Invalid value: "a/b": may not contain \'/\'',
    ],
    'an account of no namespace': [
      { roleRef: { kind: 'ClusterRole', name: 'a' }, subjects: [{ kind: 'ServiceAccount', name: 'default' }] },
      'subjects[0].namespace: Required value',
    ],
    'a user of another group, and a stranger': [
      {
        roleRef: { kind: 'ClusterRole', name: 'a' },
        subjects: [
          { kind: 'User', name: 'ann', apiGroup: 'example.com' },
          { kind: 'Robot', name: 'r2' },
        ],
      },
      `subjects[0].apiGroup: Unsupported value: "example.com": supported values: "${group}"`,
      'subjects[1].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
    ],
  };
  for (const [name, [binding, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(clusterRoleBindingKind, made(clusterRoleBindingKind, binding)), faults));
  }
  it('another role', () => {
    const [old, next] = ['a', 'b'].map((name) => made(roleBindingKind, { roleRef: { kind: 'Role', name } }));
    assert.ok(old !== undefined && next !== undefined);
    assert.deepEqual(faultsOf(roleBindingKind, old, old), []);
    assert.deepEqual(faultsOf(roleBindingKind, next, old), [
      `roleRef: Invalid value: {"kind":"Role","name":"b","apiGroup":"${group}"}: cannot change roleRef`,
    ]);
  });
});

it('a binding is shown by its role and subjects', () => {
  const subjects = [
    { kind: 'User', name: 'ann' },
    { kind: 'User', name: 'bob' },
    { kind: 'Group', name: 'all' },
    { kind: 'ServiceAccount', name: 'default', namespace: 'here' },
  ];
  assert.deepEqual(cellsOf(roleBindingKind, made(roleBindingKind, { roleRef: role, subjects })), {
    Name: 'test',
    Role: 'Role/reader',
    Age: '5m',
    Users: 'ann, bob',
    Groups: 'all',
    ServiceAccounts: 'here/default',
  });
});
