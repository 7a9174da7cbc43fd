import { createPrivateKey, X509Certificate } from 'node:crypto';
import { contentsOf, derTags, dotted, membersOf, readDer } from '../../api/certificates/der-reader.ts';
import type { CertificateRequest } from '../../api/certificates/request.ts';
import {
  extension,
  keyIdentifiers,
  oid,
  signCertificate,
  subjectAltName,
} from '../../machinery/certificates/certificate.ts';
import { namedBits, objectIdentifier, sequence } from '../../machinery/certificates/der.ts';

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

const purposes: Readonly<Record<string, string>> = {
  'server auth': oid.serverAuth,
  'client auth': oid.clientAuth,
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

function extensions({ request, usages }: IssueOptions, issuer: Issuer): readonly Buffer[] {
  const bits = usages.flatMap((usage) => keyUsageBits[usage] ?? []);
  const extended = usages.flatMap((usage) => purposes[usage] ?? []);
  return [
    ...(bits.length > 0 ? [extension(oid.keyUsage, namedBits(...bits), { critical: true })] : []),
    ...(extended.length > 0 ? [extension(oid.extendedKeyUsage, sequence(...extended.map(objectIdentifier)))] : []),
    extension(oid.basicConstraints, sequence(), { critical: true }),
    ...keyIdentifiers(request.publicKey, issuer.keyIdentifier),
    ...subjectAltName(request),
  ];
}

/** Signs what a request asks for; returns the certificate in PEM. */
export function issueCertificate(authority: Authority, options: IssueOptions): string {
  const { request, now, expirationSeconds } = options;
  const certificate = new X509Certificate(authority.certificate);
  const issuer = issuerOf(certificate);
  const [notBefore, notAfter] = validity(expirationSeconds, now, Date.parse(certificate.validTo));
  const { subject, publicKey } = request;
  return signCertificate(
    { issuer: issuer.subject, subject, notBefore, notAfter, publicKey, extensions: extensions(options, issuer) },
    createPrivateKey(authority.key),
  );
}
