import { X509Certificate } from 'node:crypto';
import { StatusError } from '../../../api/status-error.ts';
import type { UserInfo } from '../types.ts';

const clientAuth = '1.3.6.1.5.5.7.3.2';

/** One connection shows the same certificate with every request: it is read once. */
const read = new WeakMap<Buffer, UserInfo>();

/**
 * The user of a client certificate that TLS has verified: the common name, in the groups that its organizations
 * name. Throws StatusError `Unauthorized` for a certificate that is not made for clients or names nobody.
 */
export function userOfCertificate(der: Buffer): UserInfo {
  const known = read.get(der);
  if (known !== undefined) return known;
  const certificate = new X509Certificate(der);
  // A kubelet's serving certificate carries its node's name, too: it must not open this door.
  if (!(certificate.keyUsage ?? []).includes(clientAuth)) throw new StatusError('Unauthorized', 'Unauthorized');
  const { CN, O } = certificate.toLegacyObject().subject as Record<string, string | string[] | undefined>;
  const name = Array.isArray(CN) ? CN.at(-1) : CN;
  if (name === undefined || name === '') throw new StatusError('Unauthorized', 'Unauthorized');
  const organizations = O === undefined ? [] : [O].flat();
  const user = {
    name,
    groups: [...new Set([...organizations, 'system:authenticated'])],
    extra: {
      'authentication.kubernetes.io/credential-id': [
        `X509SHA256=${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`,
      ],
    },
  };
  read.set(der, user);
  return user;
}
