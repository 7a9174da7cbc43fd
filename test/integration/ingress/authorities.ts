import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  distinguishedName,
  extension,
  oid,
  signCertificate,
  subjectAltName,
} from '../../../src/machinery/certificates/certificate.ts';
import { booleanTrue, sequence } from '../../../src/machinery/certificates/der.ts';

/** Somebody with a key, and a certificate that says who it is; PEM. */
export interface Identity {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}

/** Makes an identity, by its own word or another's; an authority may vouch for others. */
export function identity(
  name: string,
  options: { readonly by?: Identity; readonly isAuthority?: boolean } = {},
): Identity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const cert = signCertificate(
    {
      issuer: distinguishedName(options.by?.name ?? name),
      subject: distinguishedName(name),
      notBefore: new Date(now - 3_600_000),
      notAfter: new Date(now + 86_400_000),
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
      extensions:
        options.isAuthority === true
          ? [extension(oid.basicConstraints, sequence(booleanTrue), { critical: true })]
          : subjectAltName({ dnsNames: [`${name}.example.com`] }),
    },
    options.by?.privateKey ?? privateKey,
  );
  return { name, cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), privateKey };
}

const root = identity('root', { isAuthority: true });
const middle = identity('middle', { by: root, isAuthority: true });
const near = identity('near', { by: root });
const far = identity('far', { by: middle });

/** A root, and those that it vouches for: `near` itself, `far` through another, `stranger` not at all. */
export const people = {
  root,
  near,
  far: { ...far, cert: far.cert + middle.cert },
  stranger: identity('stranger'),
} as const;
