import { createHash, createPrivateKey, randomBytes, sign, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { contentsOf, derTags, dotted, membersOf, readDer } from '../../api/certificates/der-reader.ts';
import type { CertificateRequest } from '../../api/certificates/request.ts';
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
  time,
  unsignedInteger,
} from '../../machinery/certificates/der.ts';

/** The cluster's authority: certificate and private key, PEM. */
export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

export interface IssueOptions {
  readonly request: CertificateRequest;
  readonly usages: readonly string[];
  /** How long the certificate shall hold, where its author says. */
  readonly expirationSeconds: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const oid = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  rsaWithSha256: '1.2.840.113549.1.1.11',
  ed25519: '1.3.101.112',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
};
const purposes: Readonly<Record<string, string>> = {
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
};
const keyUsageBits: Readonly<Record<string, number>> = { 'digital signature': 0, 'key encipherment': 2 };

const secondMs = 1000;
const longestSeconds = 365 * 24 * 3600;
const shortestSeconds = 600;
const backdateSeconds = 300;
/** Shorter lives are not cut by the time by which they are backdated. */
const shortSeconds = 8 * 3600;

/** From when to when a certificate holds: backdated, for clocks that are slow, and never longer than its authority's. */
export function validity(expirationSeconds: number | undefined, now: number, authorityEnd: number): [Date, Date] {
  const seconds = Math.min(Math.max(expirationSeconds ?? longestSeconds, shortestSeconds), longestSeconds);
  const from = now - backdateSeconds * secondMs;
  const to = (seconds < shortSeconds ? now : from) + seconds * secondMs;
  return [new Date(from), new Date(Math.min(to, authorityEnd))];
}

interface Issuer {
  /** DER of the name, byte for byte as the authority's own certificate has it: clients compare them so. */
  readonly subject: Buffer;
  readonly keyIdentifier: Buffer | undefined;
}

function issuerOf(certificate: X509Certificate): Issuer {
  const [outer] = readDer(certificate.raw);
  const [body] = membersOf(outer, derTags.sequence);
  const fields = membersOf(body, derTags.sequence);
  // The version comes first, in a tag of its own, where there is one.
  const name = fields[fields[0]?.tag === 0xa0 ? 5 : 4];
  contentsOf(name, derTags.sequence);
  const [extensions] = fields.filter(({ tag }) => tag === 0xa3).flatMap(({ contents }) => readDer(contents));
  const parts = extensions === undefined ? [] : membersOf(extensions, derTags.sequence);
  const identifier = parts
    .map((extension) => membersOf(extension, derTags.sequence))
    .find(([id]) => dotted(contentsOf(id, derTags.objectIdentifier)) === oid.subjectKeyIdentifier);
  const [value] = identifier === undefined ? [] : readDer(contentsOf(identifier.at(-1), derTags.octetString));
  return { subject: name?.bytes ?? Buffer.alloc(0), keyIdentifier: value?.contents };
}

const keyIdentifier = (spki: Buffer): Buffer => createHash('sha1').update(spki).digest();

function extensions({ request, usages }: IssueOptions, issuer: Issuer): Buffer {
  const extension = (type: string, value: Buffer, critical = false): Buffer =>
    sequence(objectIdentifier(type), ...(critical ? [booleanTrue] : []), octetString(value));
  const bits = usages.flatMap((usage) => keyUsageBits[usage] ?? []);
  const extended = usages.flatMap((usage) => purposes[usage] ?? []);
  const text = (tag: number, names: readonly string[]): readonly Buffer[] =>
    names.map((name) => implicit(tag, Buffer.from(name, 'latin1')));
  const names = [
    ...text(1, request.emails),
    ...text(2, request.dnsNames),
    ...text(6, request.uris),
    ...request.ips.map((address) => implicit(7, address)),
  ];
  const items = [
    ...(bits.length > 0 ? [extension(oid.keyUsage, namedBits(...bits), true)] : []),
    ...(extended.length > 0 ? [extension(oid.extendedKeyUsage, sequence(...extended.map(objectIdentifier)))] : []),
    extension(oid.basicConstraints, sequence(), true),
    extension(oid.subjectKeyIdentifier, octetString(keyIdentifier(request.publicKey))),
    ...(issuer.keyIdentifier === undefined
      ? []
      : [extension(oid.authorityKeyIdentifier, sequence(implicit(0, issuer.keyIdentifier)))]),
    ...(names.length > 0 ? [extension(oid.subjectAltName, sequence(...names))] : []),
  ];
  return explicit(3, sequence(...items));
}

function algorithmOf(key: KeyObject): { readonly der: Buffer; readonly digest: string | null } {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return { der: sequence(objectIdentifier(oid.ecdsaWithSha256)), digest: 'sha256' };
    case 'rsa':
      return { der: sequence(objectIdentifier(oid.rsaWithSha256), element(0x05)), digest: 'sha256' };
    case 'ed25519':
      return { der: sequence(objectIdentifier(oid.ed25519)), digest: null };
    default:
      throw new TypeError(`the authority's key is of the type ${key.asymmetricKeyType}, which cannot sign here`);
  }
}

/** Signs what a request asks for (X.509 v3, RFC 5280); returns the certificate in PEM. */
export function issueCertificate(authority: Authority, options: IssueOptions): string {
  const { request, now } = options;
  const certificate = new X509Certificate(authority.certificate);
  const issuer = issuerOf(certificate);
  const key = createPrivateKey(authority.key);
  const algorithm = algorithmOf(key);
  const [from, to] = validity(options.expirationSeconds, now, Date.parse(certificate.validTo));
  const serial = randomBytes(16);
  // Positive and not zero, as RFC 5280 section 4.1.2.2 wants it.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const toBeSigned = sequence(
    explicit(0, element(0x02, Buffer.from([2]))),
    unsignedInteger(serial),
    algorithm.der,
    issuer.subject,
    sequence(time(from), time(to)),
    request.subject,
    request.publicKey,
    extensions(options, issuer),
  );
  const der = sequence(toBeSigned, algorithm.der, bitString(sign(algorithm.digest, toBeSigned, key)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
