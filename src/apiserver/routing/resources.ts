import type { ScalePaths, Subresource } from '../../api/kind.ts';
import { StatusError } from '../../api/status-error.ts';
import type { UserInfo } from '../auth/types.ts';
import { handleBinding } from '../handlers/binding.ts';
import type { Call } from '../handlers/call.ts';
import { handleCreate } from '../handlers/create.ts';
import { handleDeleteCollection } from '../handlers/delete-collection.ts';
import { handleDelete } from '../handlers/delete.ts';
import { handleEviction } from '../handlers/eviction.ts';
import { handleGet } from '../handlers/get.ts';
import { handleList } from '../handlers/list.ts';
import { objectSubresource } from '../handlers/object-subresources.ts';
import { handlePatch } from '../handlers/patch.ts';
import { handleReview } from '../handlers/review.ts';
import { handleScale } from '../handlers/scale.ts';
import { handleToken } from '../handlers/token.ts';
import { handleUpdate } from '../handlers/update.ts';
import { handleWatch } from '../handlers/watch.ts';
import type { ApiRequest, ApiResponse } from '../http/message.ts';
import { methodNotAllowed, unknownPath } from '../http/status.ts';
import type { RequestInfo } from '../request/request-info.ts';
import { answerResourceMetrics, isResourceMetrics } from '../resource-metrics/answer.ts';
import { connectTarget, handleConnect, noConnections } from './connect.ts';
import type { ServerParts } from './parts.ts';
import { serves } from './parts.ts';

/** Kinds of other groups may have the same names. */
const reviewGroups = new Set(['authentication.k8s.io', 'authorization.k8s.io']);

/** Verbs of a collection that must name the namespace; reading may go across all of them. */
const acrossNamespaces = new Set(['list', 'watch']);

function handleObject(call: Call, parts: ServerParts): Promise<ApiResponse> | ApiResponse {
  const { kind, info } = call;
  switch (info.verb) {
    case 'get':
      return handleGet(call);
    case 'list':
      return handleList(call);
    case 'watch':
      return handleWatch(call, parts);
    case 'create':
      return handleNew(call, parts);
    case 'update':
      return handleUpdate(call);
    case 'patch':
      return handlePatch(call);
    case 'delete':
      return handleDelete(call);
    case 'deletecollection':
      return handleDeleteCollection(call);
    default:
      throw methodNotAllowed(kind, info.verb);
  }
}

function handleNew(call: Call, { reviews }: ServerParts): Promise<ApiResponse> {
  const { kind, info } = call;
  if (info.name !== '') throw methodNotAllowed(kind, 'create');
  const review = reviewGroups.has(kind.group) ? reviews[kind.kind] : undefined;
  if (review !== undefined) return handleReview(call, review);
  if (kind.group === '' && kind.kind === 'Binding') return handleBinding(call);
  // A kind that can only be created is answered, never stored.
  if (!serves(kind, 'get')) throw new StatusError('ServiceUnavailable', `nobody answers a ${kind.kind} in this server`);
  return handleCreate(call);
}

function isScale(value: Subresource | ScalePaths | true | undefined): value is ScalePaths {
  return typeof value === 'object' && 'specReplicas' in value;
}

function handleSubresource(call: Call, parts: ServerParts): Promise<ApiResponse> {
  const { kind, info } = call;
  const { subresource, verb } = info;
  const declared = Object.hasOwn(kind.subresources, subresource) ? kind.subresources[subresource] : undefined;
  if (declared === undefined || info.name === '') throw unknownPath();
  const objectVerbs = ['get', 'update', 'patch'];
  const verbs: readonly string[] = declared === true || isScale(declared) ? objectVerbs : declared.verbs;
  const target = connectTarget(kind, info);
  if (target !== undefined) return handleConnect(call, target, parts.connect);
  if (!verbs.includes(verb)) throw methodNotAllowed({ ...kind, plural: `${kind.plural}/${subresource}` }, verb);
  if (isScale(declared)) return handleScale(call, declared);
  const rules = objectSubresource(kind.plural, subresource);
  if (rules !== undefined) {
    if (verb === 'get') return handleGet(call);
    return verb === 'update' ? handleUpdate(call, rules) : handlePatch(call, rules);
  }
  switch (`${kind.plural}/${subresource}`) {
    case 'pods/binding':
      return handleBinding(call);
    case 'pods/eviction':
      return handleEviction(call);
    case 'serviceaccounts/token':
      if (parts.issueToken !== undefined) return handleToken(call, parts.issueToken);
      throw new StatusError('ServiceUnavailable', 'this server issues no tokens');
    default:
      throw unknownPath();
  }
}

/** Answers an authorized request for a resource. */
export async function handleResource(
  request: ApiRequest,
  info: RequestInfo,
  user: UserInfo,
  parts: ServerParts,
): Promise<ApiResponse> {
  const kind = parts.core.kinds.resource(info.group, info.version, info.resource);
  if (kind === undefined) throw unknownPath();
  if (!kind.namespaced && info.namespace !== '' && kind.plural !== 'namespaces') throw unknownPath();
  // No name has a slash: one that came encoded must not reach what is kept under another name.
  if (info.name.includes('/') || info.namespace.includes('/')) throw unknownPath();
  const warnings = kind.deprecation === undefined ? [] : [kind.deprecation];
  const call: Call = { core: parts.core, request, info, kind, user, warnings };
  if (info.subresource !== '') return handleSubresource(call, parts);
  const needsNamespace = kind.namespaced && info.namespace === '' && !acrossNamespaces.has(info.verb);
  const needsName = info.name === '' && (info.verb === 'update' || info.verb === 'patch');
  if (needsNamespace && info.name !== '') throw unknownPath();
  if (needsNamespace || needsName || !serves(kind, info.verb)) throw methodNotAllowed(kind, info.verb);
  if (isResourceMetrics(kind)) {
    if (parts.usage === undefined) throw noConnections();
    return answerResourceMetrics(call, parts.usage);
  }
  return handleObject(call, parts);
}
