import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises';
import { addressBytes, issueCertificate } from './certificate.ts';
import type { CertificateSubject } from './certificate.ts';
import { authoritySubject, frontProxyAuthoritySubject, pkiFiles, planCertificates, planFrontProxy } from './plan.ts';
import type { KeyPairFiles, PkiFiles, PkiRequest, PlannedCertificate } from './plan.ts';

const day = 24 * 60 * 60 * 1000;
const authorityDays = 3650;
const certificateDays = 730;
/** What has less than this share of its life left is made anew. */
const renewShare = 0.2;

export interface Pki extends PkiFiles {
  /** The certificate and key files written by this call; empty when all was there. */
  readonly issued: readonly string[];
}

/** A key file that is not a key, or a folder that cannot be written. */
export class PkiError extends Error {
  readonly code = 'pki';
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'PkiError';
  }
}

interface Authority {
  readonly certificate: X509Certificate;
  readonly subject: CertificateSubject;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new PkiError(`cannot read ${file}: ${(error as Error).message}`, error);
  }
}

/** Writes beside the file and renames, so that a reader sees the old or the new one, never half of it. */
async function writeSecret(file: string, text: string, mode: number): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const keyText = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;

function distinguishedName({ organizations, commonName }: CertificateSubject): string {
  return [...organizations.map((name) => `O=${name}`), `CN=${commonName}`].join('\n');
}

function alternativeNames(text: string | undefined): readonly string[] {
  return (text ?? '').split(', ').filter(Boolean).map(canonicalName).toSorted();
}
/** `IP Address:0:0:0:0:0:0:0:1` and `::1` are one address. */
function canonicalName(entry: string): string {
  const address = /^IP Address:(.*)$/.exec(entry)?.[1];
  return address === undefined ? entry : `IP:${addressBytes(address).toString('hex')}`;
}

/** Whether a certificate still says what is asked of it, for long enough. */
function stillGood(certificate: X509Certificate, subject: CertificateSubject, now: Date): boolean {
  const from = Date.parse(certificate.validFrom);
  const to = Date.parse(certificate.validTo);
  if (now.getTime() < from || to - now.getTime() < (to - from) * renewShare) return false;
  const wanted = [
    ...subject.dnsNames.map((name) => `DNS:${name}`),
    ...subject.ips.map((address) => `IP Address:${address}`),
  ];
  return (
    certificate.subject === distinguishedName(subject) &&
    alternativeNames(certificate.subjectAltName).join() === wanted.map(canonicalName).toSorted().join()
  );
}

async function readPair(files: KeyPairFiles): Promise<{ certificate: X509Certificate; key: KeyObject } | undefined> {
  const [certificateText, keyFileText] = await Promise.all([
    readIfPresent(files.certificateFile),
    readIfPresent(files.keyFile),
  ]);
  if (certificateText === undefined || keyFileText === undefined) return undefined;
  try {
    const certificate = new X509Certificate(certificateText);
    const key = createPrivateKey(keyFileText);
    // A crash between the two writes leaves a certificate of another key.
    return certificate.checkPrivateKey(key) ? { certificate, key } : undefined;
  } catch {
    // Unreadable text is as good as no file: both are made anew.
    return undefined;
  }
}

async function writePair(files: KeyPairFiles, key: KeyObject, certificate: string): Promise<readonly string[]> {
  await writeSecret(files.keyFile, keyText(key), 0o600);
  await writeSecret(files.certificateFile, certificate, 0o644);
  return [files.certificateFile, files.keyFile];
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  // A little in the past, for clocks that differ.
  return { notBefore: new Date(now.getTime() - 5 * 60 * 1000), notAfter: new Date(now.getTime() + days * day) };
}

interface Made {
  readonly now: Date;
  /** Takes the names of the files that have been written. */
  readonly issued: string[];
}

async function ensureAuthority(
  files: KeyPairFiles,
  subject: CertificateSubject,
  { now, issued }: Made,
): Promise<Authority> {
  const present = await readPair(files);
  if (present !== undefined && stillGood(present.certificate, subject, now)) {
    const { certificate, key } = present;
    return { certificate, subject, publicKey: createPublicKey(key), privateKey: key };
  }
  const privateKey = newKey();
  const publicKey = createPublicKey(privateKey);
  const pem = issueCertificate({
    subject,
    publicKey,
    ...validity(now, authorityDays),
    issuer: { subject, publicKey, privateKey },
  });
  issued.push(...(await writePair(files, privateKey, pem)));
  return { certificate: new X509Certificate(pem), subject, publicKey, privateKey };
}

async function ensureCertificate(
  { files, subject }: PlannedCertificate,
  authority: Authority,
  { now, issued }: Made,
): Promise<void> {
  const present = await readPair(files);
  const ours = present?.certificate.verify(authority.publicKey) ?? false;
  if (present !== undefined && ours && stillGood(present.certificate, subject, now)) return;
  const key = newKey();
  const publicKey = createPublicKey(key);
  const pem = issueCertificate({ subject, publicKey, ...validity(now, certificateDays), issuer: authority });
  issued.push(...(await writePair(files, key, pem)));
}

async function ensureServiceAccountKey(file: string): Promise<readonly string[]> {
  const text = await readIfPresent(file);
  if (text === undefined) {
    await writeSecret(file, keyText(newKey()), 0o600);
    return [file];
  }
  try {
    createPrivateKey(text);
  } catch (error) {
    // Making a new one would void every token that was issued: say so instead.
    throw new PkiError(
      `${file} is not a private key: restore it, or remove it to void every ServiceAccount token and make a new one`,
      error,
    );
  }
  return [];
}

/**
 * Makes the request-header authority in `directory` and the certificate that it signs, or keeps them; returns the files
 * written. A server calls it, too: clusters made before there was any have a folder without.
 */
export async function ensureFrontProxy(directory: string, now = new Date()): Promise<readonly string[]> {
  const made: Made = { now, issued: [] };
  const { frontProxyAuthority } = pkiFiles(directory);
  const authority = await ensureAuthority(frontProxyAuthority, frontProxyAuthoritySubject, made);
  await ensureCertificate(planFrontProxy(directory), authority, made);
  return made.issued;
}

/**
 * Makes a cluster's keys and certificates in `request.directory`, or keeps those that are there. A certificate is
 * made anew when it is missing, damaged, about to expire, of another authority or has other names.
 */
export async function ensurePki(request: PkiRequest, now = new Date()): Promise<Pki> {
  const files = pkiFiles(
    request.directory,
    request.nodes.map((node) => node.name),
  );
  const made: Made = { now, issued: [] };
  await mkdir(request.directory, { recursive: true, mode: 0o700 });
  await chmod(request.directory, 0o700);
  const [authority, accountKey, frontProxy] = await Promise.all([
    ensureAuthority(files.authority, authoritySubject, made),
    ensureServiceAccountKey(files.serviceAccountKeyFile),
    ensureFrontProxy(request.directory, now),
  ]);
  await Promise.all(planCertificates(request).map((planned) => ensureCertificate(planned, authority, made)));
  return { ...files, issued: [...accountKey, ...frontProxy, ...made.issued] };
}
