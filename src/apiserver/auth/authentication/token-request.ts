import { randomUUID } from 'node:crypto';
import type { ServiceAccount } from '../../../api/core/service-account.schema.ts';
import type { FieldError } from '../../../api/field-error.ts';
import { invalidField, requiredField } from '../../../api/field-error.ts';
import { nodes, pods, secrets } from '../../../api/resources.ts';
import { invalidObject, isStatus, StatusError } from '../../../api/status-error.ts';
import type { ReviewContext, TokenIssuer } from '../../options.ts';
import { forbiddenObject } from '../forbidden.ts';
import { nodeNameOf } from '../node/node-authorizer.ts';
import type { BoundObject, ServiceAccountClaims } from './claims.ts';
import { signToken } from './jwt.ts';
import type { TokenOptions } from './service-account-tokens.ts';

const group = 'authentication.k8s.io';
/** What the kubelet asks for in a projected token; upstream then issues one that lasts long and warns early. */
const projectedSeconds = 3607;
const extendedSeconds = 365 * 24 * 60 * 60;

interface ObjectRef {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly name?: string;
  readonly uid?: string;
}
interface TokenRequestSpec {
  readonly audiences?: readonly string[] | null;
  readonly expirationSeconds?: number | null;
  readonly boundObjectRef?: ObjectRef | null;
}
type Bindings = Pick<ServiceAccountClaims['kubernetes.io'], 'pod' | 'secret' | 'node'>;

function validate({ expirationSeconds }: TokenRequestSpec): void {
  if (expirationSeconds === undefined || expirationSeconds === null) return;
  const field = 'spec.expirationSeconds';
  const errors: FieldError[] = [];
  if (!Number.isInteger(expirationSeconds)) errors.push(invalidField(field, expirationSeconds, 'must be an integer'));
  else if (expirationSeconds < 600) {
    errors.push(invalidField(field, expirationSeconds, 'may not specify a duration less than 10 minutes'));
  } else if (expirationSeconds > 2 ** 32) {
    errors.push(invalidField(field, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  if (errors.length > 0) throw invalidObject(group, 'TokenRequest', '', errors);
}

function sameUid(ref: ObjectRef, resource: string, name: string, uid: string): BoundObject {
  if (ref.uid !== undefined && ref.uid !== '' && ref.uid !== uid) {
    const detail =
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. ` +
      'The object might have been deleted and then recreated';
    throw new StatusError(
      'Conflict',
      `Operation cannot be fulfilled on ${resource} ${JSON.stringify(name)}: ${detail}`,
      {
        name,
        kind: resource,
      },
    );
  }
  return { name, uid };
}

/** Looks up what the token is to be bound to; a pod brings its node along. */
async function bind(ref: ObjectRef, account: ServiceAccount, { read }: ReviewContext): Promise<Bindings> {
  const { name = '' } = ref;
  const { namespace } = account.metadata;
  if (name === '') throw invalidObject(group, 'TokenRequest', '', [requiredField('spec.boundObjectRef.name')]);
  switch (`${ref.apiVersion ?? ''}/${ref.kind ?? ''}`) {
    case 'v1/Pod': {
      const pod = await read(pods, { name, namespace });
      if (pod.spec.serviceAccountName !== account.metadata.name) {
        const text = `cannot bind token for serviceaccount ${JSON.stringify(account.metadata.name)} to pod running with different serviceaccount name.`;
        throw new StatusError('BadRequest', text);
      }
      const bound = sameUid(ref, 'pods', name, pod.metadata.uid);
      const node = await nodeOf(pod.spec.nodeName, read);
      return { pod: bound, ...(node === undefined ? {} : { node }) };
    }
    case 'v1/Secret': {
      const secret = await read(secrets, { name, namespace });
      return { secret: sameUid(ref, 'secrets', name, secret.metadata.uid) };
    }
    case 'v1/Node': {
      const node = await read(nodes, { name });
      return { node: sameUid(ref, 'nodes', name, node.metadata.uid) };
    }
    default: {
      const text = `cannot bind token to object of type ${ref.apiVersion ?? ''}, Kind=${ref.kind ?? ''}`;
      throw new StatusError('BadRequest', text);
    }
  }
}

async function nodeOf(name: string | undefined, read: ReviewContext['read']): Promise<BoundObject | undefined> {
  if (name === undefined || name === '') return undefined;
  try {
    return { name, uid: (await read(nodes, { name })).metadata.uid };
  } catch (error) {
    // A pod may be bound to a node that is gone: upstream then says the name alone, which we cannot check later.
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** A node gets tokens for the pods that stand on it alone, each bound to its pod (NodeRestriction). */
async function restrictNode(
  ref: ObjectRef | undefined,
  account: ServiceAccount,
  context: ReviewContext,
): Promise<void> {
  const node = nodeNameOf(context.user);
  if (node === undefined) return;
  const refuse = (reason: string): never => {
    throw forbiddenObject('', 'serviceaccounts', account.metadata.name, reason);
  };
  if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || (ref.name ?? '') === '') {
    return refuse('node requested token not bound to a pod');
  }
  if ((ref.uid ?? '') === '') return refuse('node requested token with a pod binding without a uid');
  const pod = await context.read(pods, { name: ref.name ?? '', namespace: account.metadata.namespace });
  if (pod.spec.nodeName !== node) return refuse('node requested token bound to a pod scheduled on a different node');
}

/** Answers `serviceaccounts/X/token`: signs a token, bound as asked, for the audiences asked or the API server's. */
export function tokenIssuer({ key, issuer, audiences: ownAudiences, now }: TokenOptions): TokenIssuer {
  return async (account, request, context) => {
    const spec = (request as unknown as { spec?: TokenRequestSpec }).spec ?? {};
    validate(spec);
    const ref = spec.boundObjectRef ?? undefined;
    await restrictNode(ref, account, context);
    const bindings = ref === undefined ? {} : await bind(ref, account, context);
    const asked = spec.audiences ?? [];
    const audiences = asked.length === 0 ? ownAudiences : asked;
    const seconds = spec.expirationSeconds ?? 3600;
    const issuedAt = Math.floor(now() / 1000);
    const forUs = audiences.every((audience) => ownAudiences.includes(audience));
    const extended = seconds === projectedSeconds && bindings.pod !== undefined && forUs;
    const { name, namespace, uid } = account.metadata;
    const claims: ServiceAccountClaims = {
      aud: audiences,
      exp: issuedAt + (extended ? extendedSeconds : seconds),
      iat: issuedAt,
      nbf: issuedAt,
      iss: issuer,
      jti: randomUUID(),
      sub: `system:serviceaccount:${namespace}:${name}`,
      'kubernetes.io': {
        namespace,
        serviceaccount: { name, uid },
        ...bindings,
        ...(extended ? { warnafter: issuedAt + seconds } : {}),
      },
    };
    return {
      apiVersion: `${group}/v1`,
      kind: 'TokenRequest',
      metadata: { name, namespace, creationTimestamp: new Date(issuedAt * 1000).toISOString().replace('.000Z', 'Z') },
      spec: { ...spec, audiences, expirationSeconds: seconds },
      status: {
        token: signToken(key, claims),
        expirationTimestamp: new Date((issuedAt + seconds) * 1000).toISOString().replace('.000Z', 'Z'),
      },
    };
  };
}
