import type { Pod } from '../../api/core/pod.schema.ts';
import type { ServiceAccountTokenProjection } from '../../api/core/volume.schema.ts';
import { serviceAccounts } from '../../api/resources.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { VolumeFault } from './fault.ts';

/** A token older than this is replaced whatever its life time. */
const maxAgeSeconds = 24 * 60 * 60;
/** Tokens of pods that started together are not renewed together. */
const jitterSeconds = 10;

interface TokenAnswer {
  readonly status?: { readonly token?: string };
}

/**
 * Whether a token that was asked for with a life of `lifeSeconds` must be renewed at `now` (seconds since the epoch):
 * after four fifths of its life, or a day. A text that is no token must. `jitter` is between 0 and 1.
 */
export function needsRenewal(token: string, lifeSeconds: number, now: number, jitter: number): boolean {
  const { iat, exp } = claimsOf(token);
  if (iat === undefined) return true;
  // The server may grant less than it was asked for; more is not used.
  const life = exp === undefined ? lifeSeconds : Math.min(lifeSeconds, exp - iat);
  return now > iat + Math.min(life * 0.8, maxAgeSeconds) - jitter * jitterSeconds;
}

/** The times in a JSON web token, unverified: it comes from the kubelet's own folder. */
function claimsOf(token: string): { iat?: number; exp?: number } {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (typeof claims !== 'object' || claims === null) return {};
    const time = (name: string): number | undefined => {
      const value = (claims as Record<string, unknown>)[name];
      return typeof value === 'number' ? value : undefined;
    };
    const [iat, exp] = [time('iat'), time('exp')];
    return { ...(iat === undefined ? {} : { iat }), ...(exp === undefined ? {} : { exp }) };
  } catch {
    return {};
  }
}

/** Asks the API for a token of the pod's ServiceAccount that is good while the pod is there. */
export async function requestToken(
  client: ApiClient,
  pod: Pod,
  { audience = '', expirationSeconds = 3600 }: ServiceAccountTokenProjection,
): Promise<string> {
  const { name, namespace, uid } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? 'default';
  try {
    const answer = await client.post<TokenAnswer>(serviceAccounts, { name: account, namespace }, 'token', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: audience === '' ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    });
    const token = answer.status?.token;
    if (token === undefined || token === '') throw new Error('the API server sent no token');
    return token;
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new VolumeFault('NotReady', `failed to fetch token: ${text}`, { cause });
  }
}
