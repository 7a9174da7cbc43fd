import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Secret } from '../../api/core/secret.schema.ts';

/** A key pair that has been looked at: the key fits, and both parse. */
export interface Certificate {
  /** The chain, the server's own first, then its key: what nginx reads, PEM. */
  readonly pem: string;
  /** Whether the certificate is valid for a host name. */
  readonly covers: (host: string) => boolean;
  /** Since when and until when clients accept it, in milliseconds since the epoch. */
  readonly validFromMs: number;
  readonly validToMs: number;
}

/** A Secret's key pair, or what is wrong with it, as the end of a sentence that names the Secret. */
export function readCertificate(secret: Secret | undefined): Certificate | { readonly problem: string } {
  if (secret === undefined) return { problem: 'does not exist' };
  const chainText = decode(secret, 'tls.crt');
  const keyText = decode(secret, 'tls.key');
  if (chainText === undefined || keyText === undefined) return { problem: 'has no tls.crt and tls.key' };
  try {
    const blocks = chainText.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const chain = blocks.map((block) => new X509Certificate(block));
    const [own] = chain;
    if (own === undefined) return { problem: 'holds no certificate in tls.crt' };
    const key = createPrivateKey(keyText);
    if (!own.checkPrivateKey(key)) return { problem: 'holds a key that is not the key of its certificate' };
    // Written anew, so that nothing but certificates and a key gets into the file.
    const pem = [...chain.map(String), key.export({ type: 'pkcs8', format: 'pem' }) as string];
    return {
      pem: pem.map((part) => part.trimEnd()).join('\n') + '\n',
      covers: (host) => own.checkHost(host) !== undefined,
      validFromMs: own.validFromDate.getTime(),
      validToMs: own.validToDate.getTime(),
    };
  } catch (error) {
    return { problem: `cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function decode(secret: Secret, key: string): string | undefined {
  const data = secret.data?.[key];
  return data === undefined || data === '' ? undefined : Buffer.from(data, 'base64').toString('utf8');
}
