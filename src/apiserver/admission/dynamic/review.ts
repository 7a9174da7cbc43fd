import { scaleOf } from '../../../machinery/scale.ts';
import type { AnyKind } from '../../../api/kind.ts';
import type { KubeObject } from '../../../api/object.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import { converting, fromStored, toStored } from '../../registry/conversion.ts';
import type { KindRegistry } from '../../registry/kind-registry.ts';
import { groupVersion } from '../../registry/kind-registry.ts';
import { withDefaults } from '../../registry/strategy.ts';
import { conformBody } from '../../negotiation/decode-body.ts';
import type { JsonObject } from '../../../machinery/json.ts';
import type { AdmissionRequest } from '../types.ts';
import { targetOf } from './target.ts';

const optionKinds = { create: 'CreateOptions', update: 'UpdateOptions', delete: 'DeleteOptions', connect: '' } as const;

/** An object of one version of a kind in the form of another. */
async function inVersion(kinds: KindRegistry, from: AnyKind, to: AnyKind, object: ApiObject): Promise<ApiObject> {
  if (from === to) return object;
  const stored = kinds.stored(from);
  return converting(() => fromStored(stored, to, toStored(from, stored, object)));
}

/** A changed object as if a client had sent it in one version, in that of the request; throws StatusError. */
export async function completed(
  kinds: KindRegistry,
  request: AdmissionRequest,
  kind: AnyKind,
  value: JsonObject,
): Promise<ApiObject> {
  const expected = { schema: kind.schema, apiVersion: groupVersion(kind), kind: kind.kind };
  const object = conformBody({ value }, { ...expected, fieldValidation: 'Ignore' }, []) as unknown as ApiObject;
  return inVersion(kinds, kind, request.kind, withDefaults(kind, object));
}

/** What a subresource with a form of its own shows of the object. */
function shown({ kind, subresource }: AdmissionRequest, object: ApiObject | undefined): ApiObject | undefined {
  const { scale } = kind.subresources;
  if (subresource !== 'scale' || scale === undefined || object === undefined) return object;
  return scaleOf(object as unknown as KubeObject, scale) as unknown as ApiObject;
}

/** True where a request's object is the kind's own, and not that of a subresource with a form of its own. */
export function isWholeObject({ kind, object, subresource }: AdmissionRequest): boolean {
  return object?.kind === kind.kind && subresource !== 'scale';
}

function splitVersion(apiVersion: string): { group: string; version: string } {
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  return { group, version };
}

/** `AdmissionRequest` as webhooks and expressions get it, without its uid. */
export interface ReviewRequest {
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly object: ApiObject | null;
  readonly oldObject: ApiObject | null;
  readonly [field: string]: unknown;
}

const left = (name: string, value: string): object => (value === '' ? {} : { [name]: value });

/** A request in the form of one of its kind's versions. */
export async function reviewRequest(
  kinds: KindRegistry,
  request: AdmissionRequest,
  as: AnyKind,
): Promise<ReviewRequest> {
  const { kind, verb, user, subresource, name, namespace, dryRun } = request;
  const version = async (object: ApiObject | undefined): Promise<ApiObject | null> => {
    if (object === undefined) return null;
    return object.kind === kind.kind ? inVersion(kinds, kind, as, object) : object;
  };
  const object = shown(request, request.object);
  const old = shown(request, request.old);
  const whole = object ?? old;
  const gvk = ({ group, version: own, kind: called }: AnyKind) =>
    whole === undefined || whole.kind === kind.kind
      ? { group, version: own, kind: called }
      : { ...splitVersion(whole.apiVersion), kind: whole.kind };
  const gvr = ({ group, version: own, plural }: AnyKind) => ({ group, version: own, resource: plural });
  const { uid = '', groups, extra } = user;
  const options = optionKinds[verb];
  return {
    kind: gvk(as),
    resource: gvr(as),
    ...left('subResource', subresource),
    requestKind: gvk(kind),
    requestResource: gvr(kind),
    ...left('requestSubResource', subresource),
    ...left('name', name),
    ...left('namespace', kind.plural === 'namespaces' && kind.group === '' ? name : namespace),
    operation: targetOf(request, kind).operation,
    userInfo: {
      username: user.name,
      ...left('uid', uid),
      groups,
      ...(extra === undefined || Object.keys(extra).length === 0 ? {} : { extra }),
    },
    object: await version(object),
    oldObject: await version(old),
    dryRun,
    options:
      options === ''
        ? null
        : {
            kind: options,
            apiVersion: 'meta.k8s.io/v1',
            ...request.options,
            ...(dryRun ? { dryRun: ['All'] } : {}),
            ...(verb === 'delete' ? {} : left('fieldManager', request.fieldManager ?? '')),
          },
  };
}
