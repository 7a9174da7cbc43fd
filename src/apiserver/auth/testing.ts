import type { KubeObject } from '../../api/object.ts';
import { bootstrapRbacObjects } from './bootstrap/objects.ts';
import { NodeIndex } from './node/node-index.ts';
import { RbacIndex } from './rbac/rbac-index.ts';
import type { RequestAttributes, UserInfo } from './types.ts';

/** An index of the bootstrap roles and bindings and of `others`, as a fresh cluster has it. */
export function indexOf(...others: readonly unknown[]): RbacIndex {
  const index = new RbacIndex();
  for (const object of [...bootstrapRbacObjects(), ...others] as readonly KubeObject[]) {
    const { namespace, name } = object.metadata;
    const folder = `/rbac.authorization.k8s.io/${object.kind.toLowerCase()}s/`;
    index.put(namespace === undefined ? `${folder}${name}` : `${folder}${namespace}/${name}`, object);
  }
  return index;
}

/** A node index with the given pods. */
export function nodesOf(...pods: readonly unknown[]): NodeIndex {
  const index = new NodeIndex();
  for (const pod of pods as Parameters<NodeIndex['putPod']>[1][]) {
    index.putPod(`/pods/${pod.metadata.namespace}/${pod.metadata.name}`, pod);
  }
  return index;
}

export const person = (name: string, ...groups: readonly string[]): UserInfo => ({
  name,
  groups: [...groups, 'system:authenticated'],
});

/** `get /pods/log web default` and the like: verb, group/resource[/subresource] or path, name, namespace. */
export function request(user: UserInfo, text: string): RequestAttributes {
  const [verb = '', what = '', name = '', namespace = ''] = text.split(' ').map((word) => (word === '-' ? '' : word));
  const isPath = what.startsWith('//');
  const [group = '', resource = '', subresource = ''] = isPath ? [] : what.split('/');
  return {
    user,
    verb,
    group,
    version: 'v1',
    resource,
    subresource,
    namespace,
    name,
    path: isPath ? what.slice(1) : '',
  };
}
