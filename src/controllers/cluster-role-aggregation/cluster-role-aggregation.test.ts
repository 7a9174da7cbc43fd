import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { ClusterRole } from '../../api/rbac/cluster-role.schema.ts';
import { clusterRoles } from '../../api/resources.ts';
import { withControllers } from '../testing/run.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { reconcile } from './reconcile.ts';

const rule = (resource: string) => ({ apiGroups: [''], resources: [resource], verbs: ['get'] });

function role(name: string, fields: Partial<ClusterRole> & { readonly labels?: Record<string, string> }): ClusterRole {
  const { labels = {}, ...rest } = fields;
  const metadata = { name, uid: name, resourceVersion: '1', creationTimestamp: '', labels };
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, ...rest };
}
const sum = (name: string, part: string, fields: Partial<ClusterRole> = {}): ClusterRole =>
  role(name, { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part } }] }, ...fields });

describe('a role that is the sum of others', () => {
  const a = role('a', { labels: { part: 'x' }, rules: [rule('pods'), rule('secrets')] });
  const b = role('b', { labels: { part: 'x' }, rules: [rule('pods'), rule('nodes')] });
  const c = role('c', { labels: { part: 'y' }, rules: [rule('events')] });
  const cases: Readonly<Record<string, readonly [ClusterRole, readonly string[] | undefined]>> = {
    'has their rules, each once, by their names': [sum('s', 'x'), ['pods', 'secrets', 'nodes']],
    'loses what is no part of them': [sum('s', 'y', { rules: [rule('pods')] }), ['events']],
    'is empty without parts': [sum('s', 'z', { rules: [rule('pods')] }), []],
    'is left alone when it has them': [
      sum('s', 'y', { rules: [{ verbs: ['get'], resources: ['events'], apiGroups: [''] }] }),
      undefined,
    ],
    'is no part of itself': [
      { ...sum('s', 'y', { rules: [rule('pods')] }), metadata: { ...c.metadata, name: 's' } },
      ['events'],
    ],
    'is marked as such': [role('s', { rules: [rule('pods')] }), undefined],
  };
  for (const [name, [subject, expected]] of Object.entries(cases)) {
    it(name, () => {
      const rules = reconcile(subject, [c, b, a, subject]);
      assert.deepEqual(
        rules?.map(({ resources }) => resources?.[0]),
        expected,
      );
    });
  }
});

test('a new part reaches the sums of sums', async () => {
  await withControllers(async (server) => {
    server.seed(clusterRoles, sum('top', 'middle'));
    server.seed(clusterRoles, {
      ...sum('mid', 'base'),
      metadata: { ...role('mid', {}).metadata, labels: { part: 'middle' } },
    });
    server.seed(clusterRoles, role('new', { labels: { part: 'base' }, rules: [rule('widgets')] }));
    const top = await eventually('the rule', () => {
      const stored = server.stored(clusterRoles, 'top');
      return stored?.rules?.length === 1 && stored;
    });
    assert.deepEqual(top.rules, [rule('widgets')]);
    await server.delete(clusterRoles, { name: 'new' });
    await eventually('no rule', () => server.stored(clusterRoles, 'top')?.rules?.length === 0);
  });
});
