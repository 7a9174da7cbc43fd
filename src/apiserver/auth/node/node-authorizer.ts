import { nodeRules } from '../bootstrap/system-roles.ts';
import { ruleAllows } from '../rbac/rules.ts';
import type { Authorizer, Decision, RequestAttributes, UserInfo } from '../types.ts';
import type { NodeIndex } from './node-index.ts';
import type { PodReferences } from './pod-references.ts';

const userPrefix = 'system:node:';
const allow: Decision = { allowed: true, reason: '' };
const deny = (reason: string): Decision => ({ allowed: false, reason });
const unrelated = (node: string): Decision => deny(`no relationship found between node '${node}' and this object`);

/** The node that a user is; `''` for one in the nodes' group without a node's name, undefined for everybody else. */
export function nodeNameOf(user: UserInfo): string | undefined {
  if (!user.groups.includes('system:nodes')) return undefined;
  return user.name.startsWith(userPrefix) ? user.name.slice(userPrefix.length) : '';
}

type Check = (index: NodeIndex, node: string, request: RequestAttributes) => Decision;

/** Reading single objects that a pod of the node refers to. */
function readReferenced(refers: (references: PodReferences, name: string) => boolean): Check {
  return (index, node, { verb, subresource, namespace, name }) => {
    if (!['get', 'list', 'watch'].includes(verb)) return deny('can only read resources of this type');
    if (subresource !== '') return deny('cannot read subresource');
    if (namespace === '') return deny('can only read namespaced object of this type');
    if (name === '') return deny('No Object name found');
    return index.somePod(node, namespace, (references) => refers(references, name)) ? allow : unrelated(node);
  };
}

const claim: Check = (index, node, { verb, subresource, namespace, name }) => {
  if (subresource === 'status' && verb !== 'update' && verb !== 'patch') {
    return deny('can only get/update/patch this type');
  }
  if (subresource !== 'status' && verb !== 'get') return deny('can only get individual resources of this type');
  if (subresource !== 'status' && subresource !== '') return deny('cannot get subresource');
  return index.somePod(node, namespace, ({ claims }) => claims.has(name)) ? allow : unrelated(node);
};

const volume: Check = (index, node, { verb, subresource, name }) => {
  if (verb !== 'get') return deny('can only get individual resources of this type');
  if (subresource !== '') return deny('cannot get subresource');
  return index.usesVolume(node, name) ? allow : unrelated(node);
};

const token: Check = (index, node, { verb, subresource, namespace, name }) => {
  if (verb !== 'create' || name === '') return deny('can only create tokens for individual service accounts');
  if (subresource !== 'token') return deny('can only create token subresource of serviceaccount');
  return index.somePod(node, namespace, ({ serviceAccount }) => serviceAccount === name) ? allow : unrelated(node);
};

/** Leases and CSINodes go by the node's own name; a create's name is checked by NodeRestriction. */
function ownObject(what: string, thing: string, namespace?: string): Check {
  return (_index, node, request) => {
    if (!['get', 'create', 'update', 'patch', 'delete'].includes(request.verb)) {
      return deny(`can only get, create, update, patch, or delete ${what}`);
    }
    if (namespace !== undefined && request.namespace !== namespace) {
      return deny(`can only access leases in the ${JSON.stringify(namespace)} system namespace`);
    }
    if (request.verb !== 'create' && request.name !== node) {
      return deny(`can only access ${thing} with the same name as the requesting node`);
    }
    return allow;
  };
}

/** A node sees and changes the pods that stand on it. */
const pod: Check = (index, node, request) => {
  const { verb, subresource, namespace, name, fieldSelector } = request;
  const own = (): Decision => (index.hasPod(node, namespace, name) ? allow : unrelated(node));
  if (subresource === 'status') {
    return verb === 'update' || verb === 'patch' ? own() : deny('can only update and patch pod status');
  }
  if (subresource === 'eviction') return verb === 'create' ? own() : deny('can only create evictions');
  if (subresource !== '') return deny('cannot authorize this subresource of pods');
  if (verb === 'get' || verb === 'delete') return own();
  // Only mirror pods may be created: NodeRestriction looks at them.
  if (verb === 'create') return allow;
  if (verb !== 'list' && verb !== 'watch') return deny('can only get, list, watch, create and delete pods');
  const selected = (fieldSelector ?? '')
    .split(',')
    .some((part) => /^spec\.nodeName==?/.test(part) && part.endsWith(`=${node}`));
  return selected || (name !== '' && index.hasPod(node, namespace, name))
    ? allow
    : deny('can only list/watch pods with spec.nodeName field selector');
};

const checks: Readonly<Record<string, Check>> = {
  '/secrets': readReferenced(({ secrets }, name) => secrets.has(name)),
  '/configmaps': readReferenced(({ configMaps }, name) => configMaps.has(name)),
  '/persistentvolumeclaims': claim,
  '/persistentvolumes': volume,
  '/serviceaccounts': token,
  '/pods': pod,
  'coordination.k8s.io/leases': ownObject('a node lease', 'node lease', 'kube-node-lease'),
  'storage.k8s.io/csinodes': ownObject('a CSINode', 'CSINode'),
};

/** Decides what a node may do: a few rules for all nodes, and for objects of pods by where the pods stand. */
export function nodeAuthorizer(index: NodeIndex): Authorizer {
  return (request) => {
    const node = nodeNameOf(request.user);
    if (node === undefined) return deny('');
    if (node === '') return deny(`unknown node for user ${JSON.stringify(request.user.name)}`);
    const check = request.resource === '' ? undefined : checks[`${request.group}/${request.resource}`];
    if (check !== undefined) return check(index, node, request);
    return nodeRules.some((rule) => ruleAllows(rule, request)) ? allow : deny('');
  };
}
