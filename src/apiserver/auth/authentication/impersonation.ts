import { StatusError } from '../../../api/status-error.ts';
import { forbidden } from '../forbidden.ts';
import type { Authorizer, Credentials, RequestAttributes, UserInfo } from '../types.ts';

const extraPrefix = 'impersonate-extra-';
const accountPrefix = 'system:serviceaccount:';

interface Wanted {
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const all = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

const isImpersonated = (headers: Credentials['headers']): boolean => {
  for (const name in headers) if (name.startsWith('impersonate-')) return true;
  return false;
};

function wanted(headers: Credentials['headers']): Wanted | undefined {
  if (!isImpersonated(headers)) return undefined;
  const [user = ''] = all(headers['impersonate-user']);
  const [uid = ''] = all(headers['impersonate-uid']);
  // Node joins repeated headers it does not know with commas; a group's name has none.
  const groups = all(headers['impersonate-group']).flatMap((value) => value.split(', '));
  const extra = Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(extraPrefix))
      .map(([name, value]) => [decodeURIComponent(name.slice(extraPrefix.length)), all(value)]),
  );
  const others = uid !== '' || groups.length > 0 || Object.keys(extra).length > 0;
  if (user === '' && !others) return undefined;
  if (user === '') {
    const text = `requested ${JSON.stringify({ uid, groups, extra })} without impersonating a user`;
    throw new StatusError('InternalError', `Internal error occurred: ${text}`);
  }
  return { user, uid, groups, extra };
}

/** Each part of another identity, as the permission that taking it on needs. */
function permissions(by: UserInfo, { user, uid, groups, extra }: Wanted): readonly RequestAttributes[] {
  const ask = (resource: string, name: string, group = '', subresource = '', namespace = ''): RequestAttributes => ({
    user: by,
    verb: 'impersonate',
    group,
    version: 'v1',
    resource,
    subresource,
    namespace,
    name,
    path: '',
  });
  const [namespace = '', account = ''] = user.startsWith(accountPrefix)
    ? user.slice(accountPrefix.length).split(':')
    : [];
  return [
    account === '' ? ask('users', user) : ask('serviceaccounts', account, '', '', namespace),
    ...groups.map((name) => ask('groups', name)),
    ...(uid === '' ? [] : [ask('uids', uid, 'authentication.k8s.io')]),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ask('userextras', value, 'authentication.k8s.io', key)),
    ),
  ];
}

/** The user that a request is to be answered as: `user`, or whom its headers name, if `user` may be that one. */
export function impersonate(user: UserInfo, headers: Credentials['headers'], authorizer: Authorizer): UserInfo {
  const asked = wanted(headers);
  if (asked === undefined) return user;
  for (const attributes of permissions(user, asked)) {
    const { allowed, reason } = authorizer(attributes);
    if (!allowed) throw forbidden(attributes, reason);
  }
  const groups = new Set(asked.groups);
  if (asked.user === 'system:anonymous') groups.add('system:unauthenticated');
  else {
    if (asked.user.startsWith(accountPrefix) && asked.groups.length === 0) {
      const [namespace = ''] = asked.user.slice(accountPrefix.length).split(':');
      groups.add('system:serviceaccounts').add(`system:serviceaccounts:${namespace}`);
    }
    if (!groups.has('system:unauthenticated')) groups.add('system:authenticated');
  }
  return {
    name: asked.user,
    groups: [...groups],
    ...(asked.uid === '' ? {} : { uid: asked.uid }),
    ...(Object.keys(asked.extra).length === 0 ? {} : { extra: asked.extra }),
  };
}
