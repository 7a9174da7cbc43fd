/** What bodies hold besides the kinds that are served: lists, statuses, options, subresources. */
import { Scale } from '../../api/autoscaling-v1/scale.schema.ts';
import { TokenRequest } from '../../api/authentication/token-request.schema.ts';
import type { AnyKind, GroupVersionKind } from '../../api/kind.ts';
import { DeleteOptions, ListMeta } from '../../api/meta/meta.schema.ts';
import { Eviction } from '../../api/policy/eviction.schema.ts';
import type { MessageSchema } from '../../api/schema.ts';
import { any, inline, int32, list, message, optional, required, string } from '../../api/schema.ts';
import type { KindRegistry } from '../registry/kind-registry.ts';
import { groupVersion } from '../registry/kind-registry.ts';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** `apiVersion` and `kind`, which are no part of the protobuf message. */
const typeMeta = { apiVersion: optional(0, string), kind: optional(0, string) };

const StatusCause = message(`${meta}.StatusCause`, {
  reason: optional(1, string),
  message: optional(2, string),
  field: optional(3, string),
});

const StatusDetails = message(`${meta}.StatusDetails`, {
  name: optional(1, string),
  group: optional(2, string),
  kind: optional(3, string),
  causes: optional(4, list(StatusCause)),
  retryAfterSeconds: optional(5, int32),
  uid: optional(6, string),
});

/** The answer that is no object: what became of a deletion, or what went wrong. */
export const Status = message(`${meta}.Status`, {
  ...typeMeta,
  metadata: optional(1, ListMeta),
  status: optional(2, string),
  message: optional(3, string),
  reason: optional(4, string),
  details: optional(5, StatusDetails),
  code: optional(6, int32),
});

/** The body of a DELETE. */
export const DeleteOptionsBody = message(DeleteOptions.name, { ...typeMeta, options: inline(0, DeleteOptions) });

/** Any of the patch formats. */
export const Patch = message(`${meta}.Patch`, {});

/** One line of a watch. */
export const WatchEvent = message(`${meta}.WatchEvent`, { type: required(1, string), object: required(2, any) });

/** The schema of a kind's lists. */
export function listSchema(kind: AnyKind): MessageSchema {
  return message(`${kind.schema.name}List`, {
    ...typeMeta,
    metadata: optional(1, ListMeta),
    items: required(2, list(kind.schema)),
  });
}

const subresourceBodies: Readonly<Record<string, MessageSchema>> = {
  'autoscaling/v1/Scale': Scale,
  'policy/v1/Eviction': Eviction,
  'authentication.k8s.io/v1/TokenRequest': TokenRequest,
};

/** The schema of what a subresource takes and answers; undefined where it is a stream. */
export function bodyOf(kind: GroupVersionKind, kinds: KindRegistry): MessageSchema | undefined {
  return kinds.kind(kind)?.schema ?? subresourceBodies[`${groupVersion(kind)}/${kind.kind}`];
}
