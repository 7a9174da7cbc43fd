import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { Secret } from '../../api/core/secret.schema.ts';
import type { ServiceAccount } from '../../api/core/service-account.schema.ts';
import { secrets, serviceAccounts } from '../../api/resources.ts';
import { withControllers } from '../testing/run.ts';
import { eventually } from '../../system/testing/eventually.ts';
import type { TokenSecretState } from './reconcile.ts';
import { reconcile } from './reconcile.ts';

const meta = { namespace: 'default', resourceVersion: '1', creationTimestamp: '' };

function secret(annotations: Record<string, string>, data: Record<string, string> = {}): Secret {
  const named = { 'kubernetes.io/service-account.name': 'robot', ...annotations };
  const metadata = { ...meta, name: 's', uid: 's', annotations: named };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/service-account-token', data };
}

const account: ServiceAccount = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { ...meta, name: 'robot', uid: 'u' },
};
const full = { token: 'dA==', 'ca.crt': 'UEVN', namespace: 'ZGVmYXVsdA==' };
const mine = { 'kubernetes.io/service-account.uid': 'u' };

describe('a Secret that asks for a token', () => {
  const cases: Record<string, readonly [Partial<TokenSecretState>, string]> = {
    'is filled': [{}, 'fill with token'],
    'keeps its token when something else is missing': [{ secret: secret(mine, { token: 'dA==' }) }, 'fill'],
    'gets a new certificate': [{ secret: secret(mine, { ...full, 'ca.crt': 'b2xk' }) }, 'fill'],
    'is left alone when it is complete': [{ secret: secret(mine, full) }, 'none'],
    'goes with its account': [{ account: undefined }, 'delete'],
    'goes when another account has the name': [
      { secret: secret({ 'kubernetes.io/service-account.uid': 'v' }) },
      'delete',
    ],
    'is of this type': [{ secret: { ...secret({}), type: 'Opaque' }, account: undefined }, 'none'],
  };
  for (const [name, [state, expected]] of Object.entries(cases)) {
    it(name, () => {
      const plan = reconcile({ secret: secret({}), account, rootCa: 'PEM', ...state });
      assert.equal(plan.type === 'fill' && plan.needsToken ? 'fill with token' : plan.type, expected);
    });
  }
});

test('the token comes from the server, and goes with the account', async () => {
  await withControllers(
    async (server) => {
      server.seed(serviceAccounts, account);
      server.seed(secrets, secret({}));
      const filled = await eventually('a token', () => {
        const stored = server.stored(secrets, 's', 'default');
        return stored?.data?.['token'] !== undefined && stored;
      });
      assert.deepEqual(filled.data, { ...full, token: Buffer.from('token-of-robot').toString('base64') });
      await server.delete(serviceAccounts, { name: 'robot', namespace: 'default' });
      await eventually('no Secret', () => server.stored(secrets, 's', 'default') === undefined);
    },
    { rootCa: 'PEM' },
  );
});
