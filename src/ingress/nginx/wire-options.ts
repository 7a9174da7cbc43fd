import type { Condition } from '../model/condition.ts';
import { conditionWords } from '../model/condition.ts';
import type { Backend, Forward, Header, HeaderChanges, Route } from '../model/route-table.ts';
import { backendId } from '../model/route-table.ts';
import type { Template } from '../model/values.ts';
import { profileName } from './profile.ts';

/** What `lua/cox/action.lua` reads after an action's fixed words: `name=value`, where a value has items between commas. */
type Option = string;

function option(name: string, ...items: readonly string[]): Option {
  return `${name}=${items.map(encodeURIComponent).join(',')}`;
}

/** A backend as the key of its endpoints, or as an address outside. */
export function backendWord(backend: Backend): string {
  return backend.kind === 'service' ? backendId(backend) : `${backend.host}:${backend.port}`;
}

/** A template as its parts, in between commas. */
export function templateWord(template: Template): string {
  const parts = template.map((part) => {
    if ('literal' in part) return `t${encodeURIComponent(part.literal)}`;
    return 'capture' in part ? `c${part.capture}` : `v${part.variable}`;
  });
  return parts.join(',');
}

/** What a request must be like to take a route. */
export function conditionOptions(conditions: readonly Condition[]): readonly Option[] {
  return conditions.map((condition) => option('if', ...conditionWords(condition)));
}

/** What is done with requests on their way to a backend. */
export function forwardOptions(route: Route, action: Forward): readonly Option[] {
  const { policy, source, path } = route;
  const { affinity, balance, backends } = action;
  const { basicAuth, rateLimit, interceptErrors } = policy;
  const options: Option[] = [...authOptions(policy.externalAuth)];
  if (basicAuth !== undefined) options.push(option('basic', basicAuth.key, basicAuth.realm));
  if (policy.satisfyAny) options.push(option('satisfy', profileName(route, action)));
  if (rateLimit !== undefined) options.push(option('limit', source.uid));
  if (balance.hashBy !== undefined) options.push(`hash=${templateWord(balance.hashBy)}`);
  if (balance.algorithm !== 'round_robin') options.push(option('algorithm', balance.algorithm));
  if (balance.hashBy !== undefined && balance.subset > 1) options.push(option('subset', String(balance.subset)));
  if (policy.mirror !== undefined) {
    options.push(`mirror=${templateWord(policy.mirror.target)}`);
    if (policy.mirror.host !== undefined) options.push(option('mirror_host', policy.mirror.host));
  }
  if (affinity !== undefined) options.push(affinityOption(affinity, path.kind === 'pattern' ? '/' : path.path));
  const [first] = backends;
  if (interceptErrors.length > 0 && first?.backend.kind === 'service') {
    const { service, port } = first.backend;
    options.push(option('errors', source.namespace, source.name, service, String(port ?? '')));
  }
  options.push(
    ...changeOptions('request', policy.requestHeaders),
    ...changeOptions('response', policy.responseHeaders),
  );
  return options;
}

function authOptions(auth: Route['policy']['externalAuth']): readonly Option[] {
  if (auth === undefined) return [];
  return [
    `auth=${templateWord(auth.url)}`,
    ...(auth.method === undefined ? [] : [option('auth_method', auth.method)]),
    ...(auth.responseHeaders.length === 0 ? [] : [option('auth_headers', ...auth.responseHeaders)]),
    ...(auth.signIn === undefined ? [] : [`sign_in=${templateWord(auth.signIn)}`, option('way_back', auth.wayBack)]),
    ...(auth.alwaysSetCookie ? [option('auth_cookie', '1')] : []),
  ];
}

function affinityOption(affinity: NonNullable<Forward['affinity']>, rulePath: string): Option {
  const { mode, cookie, changeOnFailure, maxAge, expires, path, domain, sameSite, conditionalSameSite } = affinity;
  const bit = (value: boolean): string => (value ? '1' : '0');
  return option(
    'affinity',
    mode,
    cookie,
    bit(changeOnFailure),
    String(maxAge ?? '-'),
    String(expires ?? '-'),
    encodeURI(path ?? rulePath).replaceAll(';', '%3B'),
    domain ?? '-',
    sameSite ?? '-',
    bit(conditionalSameSite),
    affinity.secure === undefined ? '-' : bit(affinity.secure),
  );
}

function changeOptions(kind: 'request' | 'response', { remove, set, add }: HeaderChanges): readonly Option[] {
  const pairs = (headers: readonly Header[]): readonly string[] => headers.flatMap(({ name, value }) => [name, value]);
  return [
    ...(remove.length === 0 ? [] : [option(`${kind}_remove`, ...remove)]),
    ...(set.length === 0 ? [] : [option(`${kind}_set`, ...pairs(set))]),
    ...(add.length === 0 ? [] : [option(`${kind}_add`, ...pairs(add))]),
  ];
}
