import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readFileIfExists, writeFileAtomic } from '../../system/files.ts';
import { nginxFiles } from './settings.ts';

const usualName = 'Kubernetes Ingress Controller Fake Certificate';
const yearMs = 365 * 24 * 3_600_000;

/** Makes the self-signed certificate that hosts without one of their own show, unless nginx's folder has it already. */
export async function ensureDefaultCertificate(directory: string, now = new Date()): Promise<void> {
  const path = nginxFiles(directory).defaultCertificate;
  if ((await readFileIfExists(path)) === undefined) await writeFileAtomic(path, selfSigned(now));
}

/** One DER element: its tag, the length of its contents, its contents. */
function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const long = body.length > 0xff ? [0x82, body.length >> 8, body.length & 0xff] : [0x81, body.length];
  return Buffer.concat([Buffer.from([tag, ...(body.length < 0x80 ? [body.length] : long)]), body]);
}

const sequence = (...items: readonly Buffer[]): Buffer => element(0x30, ...items);
const ecdsaWithSha256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
const commonNameType = Buffer.from('0603550403', 'hex');
const subjectAltNameType = Buffer.from('0603551d11', 'hex');
const versionThree = Buffer.from('a003020102', 'hex');

/** A P-256 key and a certificate (X.509 v3, RFC 5280) that it signs for itself, as one PEM text. */
export function selfSigned(now: Date, commonName: string = usualName): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(element(0x31, sequence(commonNameType, element(0x0c, Buffer.from(commonName)))));
  const time = (ms: number): Buffer =>
    element(0x18, Buffer.from(new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, ''), 'latin1'));
  const alternativeName = sequence(element(0x82, Buffer.from('ingress.local')));
  // A serial number is positive: its first bit must not be set.
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(15)]);
  const toBeSigned = sequence(
    versionThree,
    element(0x02, serial),
    ecdsaWithSha256,
    name,
    // Clocks differ a little.
    sequence(time(now.getTime() - 3_600_000), time(now.getTime() + yearMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(sequence(subjectAltNameType, element(0x04, alternativeName)))),
  );
  const signature = element(0x03, Buffer.from([0]), sign('sha256', toBeSigned, privateKey));
  const base64 = sequence(toBeSigned, ecdsaWithSha256, signature).toString('base64');
  const lines = (base64.match(/.{1,64}/g) ?? []).join('\n');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n${key}`;
}
