import type { Secret } from '../../api/core/secret.schema.ts';
import type { ServiceAccount } from '../../api/core/service-account.schema.ts';

export const tokenSecretType = 'kubernetes.io/service-account-token';
const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';

export interface TokenSecretState {
  readonly secret: Secret;
  /** The ServiceAccount that the Secret names, if there is one. */
  readonly account: ServiceAccount | undefined;
  /** PEM; absent where the cluster publishes none. */
  readonly rootCa: string | undefined;
}

export type TokenSecretPlan =
  | { readonly type: 'none' }
  /** The account is gone, and with it what the token was for. */
  | { readonly type: 'delete' }
  | {
      readonly type: 'fill';
      readonly needsToken: boolean;
      /** The Secret to write, but for the token. */
      readonly secret: Secret;
    };

/** The name of the ServiceAccount for which a Secret asks a token; empty for other Secrets. */
export function accountOf({ metadata, type }: Secret): string {
  return type === tokenSecretType ? (metadata.annotations?.[nameAnnotation] ?? '') : '';
}

/** The write that makes a Secret of type `kubernetes.io/service-account-token` what pods and people expect. */
export function reconcile({ secret, account, rootCa }: TokenSecretState): TokenSecretPlan {
  if (accountOf(secret) === '' || secret.metadata.deletionTimestamp !== undefined) return { type: 'none' };
  const { annotations = {}, namespace } = secret.metadata;
  const asked = annotations[uidAnnotation] ?? '';
  if (account === undefined || (asked !== '' && asked !== account.metadata.uid)) return { type: 'delete' };
  const { data = {} } = secret;
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const wanted = {
    ...data,
    namespace: data['namespace'] ?? base64(namespace),
    ...(rootCa === undefined ? {} : { 'ca.crt': base64(rootCa) }),
  };
  const needsToken = (data['token'] ?? '') === '';
  const same = wanted['ca.crt'] === data['ca.crt'] && wanted.namespace === data['namespace'];
  if (!needsToken && same && asked !== '') return { type: 'none' };
  const metadata = { ...secret.metadata, annotations: { ...annotations, [uidAnnotation]: account.metadata.uid } };
  return { type: 'fill', needsToken, secret: { ...secret, metadata, data: wanted } };
}
