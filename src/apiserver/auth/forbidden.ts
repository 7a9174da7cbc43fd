import { StatusError } from '../../api/status-error.ts';
import type { RequestAttributes } from './types.ts';

/** `deployments.apps`, or `pods` in the core group. */
export const qualifiedResource = (resource: string, group: string): string =>
  group === '' ? resource : `${resource}.${group}`;

/** What a user may not do, in upstream's words: `User "x" cannot list resource "pods" in API group "" …`. */
function refusal({ user, verb, group, resource, subresource, namespace, path }: RequestAttributes): string {
  const who = `User ${JSON.stringify(user.name)}`;
  if (resource === '') return `${who} cannot ${verb} path ${JSON.stringify(path)}`;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} cannot ${verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}`;
}

/** The 403 that answers a request the authorizer refused; `reason` is the decision's, where it gave one. */
export function forbidden(attributes: RequestAttributes, reason = ''): StatusError {
  const text = reason === '' ? refusal(attributes) : `${refusal(attributes)}: ${reason}`;
  const { name, group, resource } = attributes;
  if (resource === '') return new StatusError('Forbidden', `forbidden: ${text}`, {});
  const subject = qualifiedResource(resource, group) + (name === '' ? '' : ` ${JSON.stringify(name)}`);
  return new StatusError('Forbidden', `${subject} is forbidden: ${text}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: resource,
  });
}

/** The 403 of an admission rule: `pods "web" is forbidden: <reason>`. */
export function forbiddenObject(group: string, resource: string, name: string, reason: string): StatusError {
  const subject = qualifiedResource(resource, group) + (name === '' ? '' : ` ${JSON.stringify(name)}`);
  return new StatusError('Forbidden', `${subject} is forbidden: ${reason}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: resource,
  });
}
