import { generateKeyPairSync } from 'node:crypto';
import { distinguishedName, signCertificate, subjectAltName } from '../../machinery/certificates/certificate.ts';
import { readFileIfExists, writeFileAtomic } from '../../system/files.ts';
import { nginxFiles } from './settings.ts';

const usualName = 'Kubernetes Ingress Controller Fake Certificate';
const yearMs = 365 * 24 * 3_600_000;

/** Makes the self-signed certificate that hosts without one of their own show, unless nginx's folder has it already. */
export async function ensureDefaultCertificate(directory: string, now = new Date()): Promise<void> {
  const path = nginxFiles(directory).defaultCertificate;
  if ((await readFileIfExists(path)) === undefined) await writeFileAtomic(path, selfSigned(now));
}

/** A P-256 key and a certificate that it signs for itself, as one PEM text. */
export function selfSigned(now: Date, commonName: string = usualName): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = distinguishedName(commonName);
  const certificate = signCertificate(
    {
      issuer: name,
      subject: name,
      // Clocks differ a little.
      notBefore: new Date(now.getTime() - 3_600_000),
      notAfter: new Date(now.getTime() + yearMs),
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
      extensions: subjectAltName({ dnsNames: ['ingress.local'] }),
    },
    privateKey,
  );
  return `${certificate}${privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()}`;
}
