import type { KeyObject } from 'node:crypto';
import { createHash, randomBytes, sign } from 'node:crypto';
import {
  bitString,
  booleanTrue,
  element,
  explicit,
  implicit,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  unsignedInteger,
  utf8String,
} from './der.ts';

/** Object identifiers of what certificates here say (RFC 5280, RFC 5758, RFC 8410). */
export const oid = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** The parts of a certificate that differ, as DER. */
export interface CertificateBody {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  /** Each made by `extension`. */
  readonly extensions: readonly Buffer[];
}

/** A distinguished name: organizations in their order, each a relative name of its own, which Go and OpenSSL both read, then the common name. */
export function distinguishedName(commonName: string, organizations: readonly string[] = []): Buffer {
  const attribute = (type: string, value: string): Buffer => setOf(sequence(objectIdentifier(type), utf8String(value)));
  return sequence(
    ...organizations.map((organization) => attribute(oid.organization, organization)),
    attribute(oid.commonName, commonName),
  );
}

/** One extension of a certificate. */
export function extension(type: string, value: Buffer, { critical = false } = {}): Buffer {
  return sequence(objectIdentifier(type), ...(critical ? [booleanTrue] : []), octetString(value));
}

/** The names that a certificate holds for; no extension at all where there are none. Addresses are 4 or 16 bytes. */
export function subjectAltName(names: {
  readonly emails?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly uris?: readonly string[];
  readonly ips?: readonly Buffer[];
}): readonly Buffer[] {
  const text = (tag: number, values: readonly string[] = []): readonly Buffer[] =>
    values.map((value) => implicit(tag, Buffer.from(value, 'latin1')));
  const all = [
    ...text(1, names.emails),
    ...text(2, names.dnsNames),
    ...text(6, names.uris),
    ...(names.ips ?? []).map((address) => implicit(7, address)),
  ];
  return all.length === 0 ? [] : [extension(oid.subjectAltName, sequence(...all))];
}

/** Identifies a key, given as SubjectPublicKeyInfo: any unique value will do (RFC 5280 section 4.2.1.2), and its hash is one. */
export function keyIdentifier(publicKey: Buffer): Buffer {
  return createHash('sha1').update(publicKey).digest();
}

/** Whose key a certificate certifies, and whose key has signed it. */
export function keyIdentifiers(publicKey: Buffer, issuer: Buffer | undefined): readonly Buffer[] {
  return [
    extension(oid.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
    ...(issuer === undefined ? [] : [extension(oid.authorityKeyIdentifier, sequence(implicit(0, issuer)))]),
  ];
}

function algorithmOf(key: KeyObject): { readonly der: Buffer; readonly digest: string | null } {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return { der: sequence(objectIdentifier('1.2.840.10045.4.3.2')), digest: 'sha256' };
    case 'rsa':
      return { der: sequence(objectIdentifier('1.2.840.113549.1.1.11'), element(0x05)), digest: 'sha256' };
    case 'ed25519':
      return { der: sequence(objectIdentifier('1.3.101.112')), digest: null };
    default:
      throw new TypeError(`a key of the type ${key.asymmetricKeyType} cannot sign certificates here`);
  }
}

/** Signs a certificate (X.509 v3, RFC 5280) with an EC, RSA or Ed25519 key; returns it in PEM. */
export function signCertificate(body: CertificateBody, key: KeyObject): string {
  const algorithm = algorithmOf(key);
  const serial = randomBytes(16);
  // Positive and not zero, as RFC 5280 section 4.1.2.2 wants it.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const toBeSigned = sequence(
    explicit(0, element(0x02, Buffer.from([2]))),
    unsignedInteger(serial),
    algorithm.der,
    body.issuer,
    sequence(time(body.notBefore), time(body.notAfter)),
    body.subject,
    body.publicKey,
    explicit(3, sequence(...body.extensions)),
  );
  const der = sequence(toBeSigned, algorithm.der, bitString(sign(algorithm.digest, toBeSigned, key)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
