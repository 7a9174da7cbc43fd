import type { DerElement } from './der-reader.ts';
import { contentsOf, DerError, derTags, dotted, membersOf, readDer } from './der-reader.ts';

/** What a PKCS #10 request (RFC 2986) asks to have certified. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
  /** 4 or 16 bytes each. */
  readonly ips: readonly Buffer[];
  /** DER of the name as it was sent. */
  readonly subject: Buffer;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
}

const commonNameType = '2.5.4.3';
const organizationType = '2.5.4.10';
const extensionRequest = '1.2.840.113549.1.9.14';
const subjectAltName = '2.5.29.17';
const utf16String = 0x1e;
const attributesTag = 0xa0;

function textOf({ tag, contents }: DerElement): string {
  return tag === utf16String ? Buffer.from(contents).swap16().toString('utf16le') : contents.toString('utf8');
}

function namesIn(subject: DerElement): readonly (readonly [type: string, value: string])[] {
  return membersOf(subject, derTags.sequence).flatMap((relative) =>
    membersOf(relative, derTags.set).map((attribute): readonly [string, string] => {
      const [type, value] = membersOf(attribute, derTags.sequence);
      if (value === undefined) throw new DerError('a name without a value');
      return [dotted(contentsOf(type, derTags.objectIdentifier)), textOf(value)];
    }),
  );
}

/** The general names of the subjectAltName extension, where the request has one. */
function alternativeNames(attributes: DerElement | undefined): readonly DerElement[] {
  if (attributes === undefined) return [];
  for (const attribute of membersOf(attributes, attributesTag)) {
    const [type, values] = membersOf(attribute, derTags.sequence);
    if (dotted(contentsOf(type, derTags.objectIdentifier)) !== extensionRequest) continue;
    const [extensions] = membersOf(values, derTags.set);
    for (const extension of membersOf(extensions, derTags.sequence)) {
      const [id, ...rest] = membersOf(extension, derTags.sequence);
      if (dotted(contentsOf(id, derTags.objectIdentifier)) !== subjectAltName) continue;
      const [names] = readDer(contentsOf(rest.at(-1), derTags.octetString));
      return membersOf(names, derTags.sequence);
    }
  }
  return [];
}

function parse(der: Buffer): CertificateRequest {
  const [outer, ...behind] = readDer(der);
  if (behind.length > 0) throw new DerError('trailing data');
  const [info, algorithm, signature] = membersOf(outer, derTags.sequence);
  contentsOf(algorithm, derTags.sequence);
  contentsOf(signature, derTags.bitString);
  const [, subject, publicKey, attributes] = membersOf(info, derTags.sequence);
  if (subject === undefined || publicKey === undefined) throw new DerError('an element is missing');
  contentsOf(publicKey, derTags.sequence);
  const names = namesIn(subject);
  const alternatives = alternativeNames(attributes);
  const texts = (tag: number): readonly string[] =>
    alternatives.filter((name) => name.tag === tag).map(({ contents }) => contents.toString('latin1'));
  const ips = alternatives.filter(({ tag }) => tag === 0x87).map(({ contents }) => contents);
  if (ips.some(({ length }) => length !== 4 && length !== 16)) throw new DerError('an IP address of a strange length');
  return {
    commonName: names.findLast(([type]) => type === commonNameType)?.[1] ?? '',
    organizations: names.filter(([type]) => type === organizationType).map(([, value]) => value),
    emails: texts(0x81),
    dnsNames: texts(0x82),
    uris: texts(0x86),
    ips,
    subject: subject.bytes,
    publicKey: publicKey.bytes,
  };
}

/** The first request in a PEM text; throws DerError when there is none, or it cannot be read. */
export function parseCertificateRequest(pem: string): CertificateRequest {
  const block = /-----BEGIN ([A-Z0-9 ]+)-----\s+([A-Za-z0-9+/=\s]+)-----END \1-----/.exec(pem);
  if (block?.[1] !== 'CERTIFICATE REQUEST') throw new DerError('PEM block type must be CERTIFICATE REQUEST');
  return parse(Buffer.from(block[2] ?? '', 'base64'));
}
