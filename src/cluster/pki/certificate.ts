import type { KeyObject } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import {
  distinguishedName,
  extension,
  keyIdentifier,
  keyIdentifiers,
  oid,
  signCertificate,
  subjectAltName,
} from '../../machinery/certificates/certificate.ts';
import { booleanTrue, namedBits, objectIdentifier, sequence } from '../../machinery/certificates/der.ts';

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
const nameOf = ({ commonName, organizations }: CertificateSubject): Buffer =>
  distinguishedName(commonName, organizations);

function extensions({ subject, publicKey, issuer }: CertificateRequest): readonly Buffer[] {
  const authority = subject.usage === 'authority';
  const purpose = subject.usage === 'server' ? oid.serverAuth : oid.clientAuth;
  return [
    extension(oid.basicConstraints, sequence(...(authority ? [booleanTrue] : [])), { critical: true }),
    // digitalSignature; an authority signs certificates and revocation lists too.
    extension(oid.keyUsage, authority ? namedBits(0, 5, 6) : namedBits(0), { critical: true }),
    ...keyIdentifiers(spki(publicKey), keyIdentifier(spki(issuer.publicKey))),
    ...(authority ? [] : [extension(oid.extendedKeyUsage, sequence(objectIdentifier(purpose)))]),
    ...subjectAltName({ dnsNames: subject.dnsNames, ips: subject.ips.map(addressBytes) }),
  ];
}

/** Signs a certificate with its issuer's key; returns it in PEM. */
export function issueCertificate(request: CertificateRequest): string {
  const { subject, publicKey, notBefore, notAfter, issuer } = request;
  const body = { issuer: nameOf(issuer.subject), subject: nameOf(subject), notBefore, notAfter };
  return signCertificate({ ...body, publicKey: spki(publicKey), extensions: extensions(request) }, issuer.privateKey);
}
