import type { Secret } from '../../api/core/secret.schema.ts';
import type { ServiceAccount } from '../../api/core/service-account.schema.ts';
import { secrets, serviceAccounts } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { keyOf } from '../../client/informer.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { accountOf, reconcile, tokenSecretType } from './reconcile.ts';

/** As long as the API allows: upstream's tokens in Secrets never expire. They end with their Secret, to which they are bound. */
const expirationSeconds = 2 ** 32;

/** Puts tokens into the Secrets that ask for them; runs until the context's signal is aborted. */
export async function startServiceAccountTokenController(
  context: ControllerContext,
  rootCa: string | undefined,
): Promise<void> {
  const { client, informers } = context;
  const queue = createWorkQueue();
  const tokens = informers.of(secrets, { fieldSelector: `type=${tokenSecretType}` });
  const accounts = informers.of(serviceAccounts);
  const secretChanged = (secret: Secret): void => queue.add(keyOf(secret));
  tokens.addHandlers({ add: secretChanged, update: secretChanged });
  const accountChanged = ({ metadata }: ServiceAccount): void => {
    for (const secret of tokens.list()) {
      if (secret.metadata.namespace === metadata.namespace && accountOf(secret) === metadata.name)
        secretChanged(secret);
    }
  };
  accounts.addHandlers({ add: accountChanged, delete: accountChanged });
  await runController(context, {
    name: 'serviceaccount-token-controller',
    queue,
    needs: [tokens, accounts],
    async reconcile(key) {
      const secret = tokens.get(key);
      if (secret === undefined) return;
      const { name, namespace, uid, resourceVersion } = secret.metadata;
      // What is deleted here takes a credential away, so the server itself is asked for an account that seems gone.
      const account = accounts.get(`${namespace}/${accountOf(secret)}`) ?? (await findAccount(client, secret));
      const plan = reconcile({ secret, account, rootCa });
      try {
        if (plan.type === 'delete') {
          await client.delete(secrets, { name, namespace }, { preconditions: { uid, resourceVersion } });
        }
        if (plan.type !== 'fill') return;
        const token = plan.needsToken ? { token: await issue(client, secret) } : {};
        await client.update(secrets, { ...plan.secret, data: { ...plan.secret.data, ...token } });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
    },
  });
}

async function findAccount(client: ApiClient, secret: Secret): Promise<ServiceAccount | undefined> {
  const name = accountOf(secret);
  if (name === '') return undefined;
  try {
    return await client.get(serviceAccounts, { name, namespace: secret.metadata.namespace });
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** A new token bound to the Secret, base64 as Secrets carry it. */
async function issue(client: ApiClient, secret: Secret): Promise<string> {
  const { name, namespace, uid } = secret.metadata;
  const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name, uid };
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [], expirationSeconds, boundObjectRef },
  };
  const address = { name: accountOf(secret), namespace };
  const answer = await client.post<{ readonly status: { readonly token: string } }>(
    serviceAccounts,
    address,
    'token',
    request,
  );
  return Buffer.from(answer.status.token).toString('base64');
}
