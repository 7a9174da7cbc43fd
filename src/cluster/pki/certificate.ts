import type { KeyObject } from 'node:crypto';
import { createHash, randomBytes, sign } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import {
  bitString,
  booleanTrue,
  element,
  explicit,
  implicit,
  namedBits,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  unsignedInteger,
  utf8String,
} from '../../machinery/certificates/der.ts';

/** What an X.509 certificate says; times and keys apart. */
export interface CertificateSubject {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  /** Addresses as text, IPv4 or IPv6. */
  readonly ips: readonly string[];
  readonly usage: 'authority' | 'client' | 'server';
}

export interface CertificateRequest {
  readonly subject: CertificateSubject;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Who signs: an ECDSA P-256 key and the name and key it belongs to. */
  readonly issuer: {
    readonly subject: CertificateSubject;
    readonly publicKey: KeyObject;
    readonly privateKey: KeyObject;
  };
}

const oid = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};

function distinguishedName({ organizations, commonName }: CertificateSubject): Buffer {
  const attribute = (type: string, value: string): Buffer => sequence(objectIdentifier(type), utf8String(value));
  // One relative name for each organization: Go and OpenSSL read both forms, and this one keeps their order.
  return sequence(
    ...organizations.map((organization) => setOf(attribute(oid.organization, organization))),
    setOf(attribute(oid.commonName, commonName)),
  );
}

/** The bytes of an address: 4 or 16. */
export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (!isIPv6(address)) throw new TypeError(`${JSON.stringify(address)} is not an IP address`);
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = (high: string | undefined, low: string | undefined): string =>
    (Number(high) * 256 + Number(low)).toString(16);
  const text = dotted === null ? address : `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`;
  const [head = '', tail] = text.split('::');
  const groups = (part: string): number[] =>
    part
      .split(':')
      .filter(Boolean)
      .map((group) => Number.parseInt(group, 16));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const all = [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
// Any unique value will do as an identifier (RFC 5280 section 4.2.1.2); the whole key's hash is one.
const keyIdentifier = (key: KeyObject): Buffer => createHash('sha1').update(spki(key)).digest();

function extensions({ subject, publicKey, issuer }: CertificateRequest): Buffer {
  const extension = (type: string, value: Buffer, critical = false): Buffer =>
    sequence(objectIdentifier(type), ...(critical ? [booleanTrue] : []), octetString(value));
  const authority = subject.usage === 'authority';
  const items = [
    extension(oid.basicConstraints, sequence(...(authority ? [booleanTrue] : [])), true),
    // digitalSignature; an authority signs certificates and revocation lists too.
    extension(oid.keyUsage, authority ? namedBits(0, 5, 6) : namedBits(0), true),
    extension(oid.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
    extension(oid.authorityKeyIdentifier, sequence(implicit(0, keyIdentifier(issuer.publicKey)))),
  ];
  if (!authority) {
    const purpose = subject.usage === 'server' ? oid.serverAuth : oid.clientAuth;
    items.push(extension(oid.extendedKeyUsage, sequence(objectIdentifier(purpose))));
  }
  const names = [
    ...subject.dnsNames.map((name) => implicit(2, Buffer.from(name, 'latin1'))),
    ...subject.ips.map((address) => implicit(7, addressBytes(address))),
  ];
  if (names.length > 0) items.push(extension(oid.subjectAltName, sequence(...names)));
  return explicit(3, sequence(...items));
}

/** Signs a certificate (X.509 v3, RFC 5280) with ECDSA and SHA-256; returns it in PEM. */
export function issueCertificate(request: CertificateRequest): string {
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256));
  const serial = randomBytes(16);
  // Positive and not zero, as RFC 5280 section 4.1.2.2 wants it.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const toBeSigned = sequence(
    explicit(0, element(0x02, Buffer.from([2]))),
    unsignedInteger(serial),
    algorithm,
    distinguishedName(request.issuer.subject),
    sequence(time(request.notBefore), time(request.notAfter)),
    distinguishedName(request.subject),
    spki(request.publicKey),
    extensions(request),
  );
  const signature = sign('sha256', toBeSigned, request.issuer.privateKey);
  const der = sequence(toBeSigned, algorithm, bitString(signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
