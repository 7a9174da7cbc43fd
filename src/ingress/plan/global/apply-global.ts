import type { IngressSettings } from '../annotations/read-settings.ts';
import type { AnnotationReader } from '../annotations/reader.ts';
import type { ReadGlobal } from './read-global.ts';

/** One Ingress's settings with the ConfigMap's in place of what its annotations do not say. */
export function withGlobal(
  settings: IngressSettings,
  reader: Pick<AnnotationReader, 'has'>,
  { settings: global, refuseAll }: ReadGlobal,
): IngressSettings {
  const { policy } = settings;
  const allow = global['allowlist-source-range'] ?? global['whitelist-source-range'];
  // What an author says about a range takes the place of the list for all, but nobody can let a blocked range in.
  const deny = policy.deny.length > 0 ? policy.deny : (global['denylist-source-range'] ?? []);
  return {
    ...settings,
    https: httpsOf(settings.https, reader, global),
    policy: {
      ...policy,
      bodyLimit: policy.bodyLimit ?? global['proxy-body-size'],
      allow: policy.allow ?? allow,
      deny: [...new Set([...(global['block-cidrs'] ?? []), ...deny])],
    },
    override: refuseAll ? { kind: 'refuse' } : settings.override,
  };
}

function httpsOf(
  own: IngressSettings['https'],
  reader: Pick<AnnotationReader, 'has'>,
  global: ReadGlobal['settings'],
): IngressSettings['https'] {
  if (own === 'always') return own;
  if (global['force-ssl-redirect'] === true && !reader.has('force-ssl-redirect')) return 'always';
  return own === 'with-tls' && global['ssl-redirect'] === false && !reader.has('ssl-redirect') ? 'never' : own;
}
