import { X509Certificate } from 'node:crypto';
import type { Secret } from '../../../api/core/secret.schema.ts';
import type { BackendTls, ClientTls } from '../../model/tls.ts';
import { tlsVersions } from '../../model/tls.ts';
import { readCertificate } from '../certificates.ts';
import * as formats from './formats.ts';
import type { FindSecret } from './read-auth.ts';
import { secretOf } from './read-auth.ts';
import type { AnnotationReader } from './reader.ts';

/** The authorities in a Secret, written anew as PEM, or what is wrong with it, as the end of a sentence. */
function readAuthorities(secret: Secret | undefined): { readonly pem: string } | { readonly problem: string } {
  if (secret === undefined) return { problem: 'does not exist' };
  const text = Buffer.from(secret.data?.['ca.crt'] ?? '', 'base64').toString('utf8');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return { problem: 'has no ca.crt with certificates of authorities' };
  // Whoever was revoked would be let in.
  if (secret.data?.['ca.crl'] !== undefined) return { problem: 'has a ca.crl, and revocation is not supported' };
  try {
    return { pem: blocks.map((block) => String(new X509Certificate(block)).trimEnd()).join('\n') + '\n' };
  } catch (error) {
    return { problem: `cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

const modes = { on: 'required', optional: 'optional', optional_no_ca: 'unchecked', off: undefined } as const;

/** Reads `auth-tls-*`; undefined where clients need no certificate. */
export function readClientTls(
  reader: AnnotationReader,
  namespace: string,
  findSecret: FindSecret,
): ClientTls | undefined {
  const key = reader.readRestriction('auth-tls-secret', secretOf(namespace));
  const verify = reader.readRestriction(
    'auth-tls-verify-client',
    formats.oneOf('on', 'off', 'optional', 'optional_no_ca'),
  );
  const depth = reader.readRestriction('auth-tls-verify-depth', formats.depth) ?? 1;
  const subject = reader.readRestriction('auth-tls-match-cn', formats.commonName);
  const errorPage = reader.read('auth-tls-error-page', formats.plainUrl);
  const pass = reader.read('auth-tls-pass-certificate-to-upstream', formats.flag) ?? false;
  const mode = modes[verify ?? 'on'];
  if (key === undefined) {
    const asked = reader.has('auth-tls-verify-client') ? 'auth-tls-verify-client' : 'auth-tls-match-cn';
    const isAsked = (verify !== undefined && mode !== undefined) || subject !== undefined;
    if (isAsked) reader.misplacedRestriction(asked, 'it needs auth-tls-secret with the authorities beside it');
    return undefined;
  }
  if (mode === undefined) return undefined;
  const found = readAuthorities(findSecret(key));
  if ('problem' in found) {
    reader.misplacedRestriction('auth-tls-secret', `Secret ${key} ${found.problem}`);
    return undefined;
  }
  return { key, authorities: found.pem, depth, mode, subject, errorPage, pass };
}

/** Reads `proxy-ssl-*`; undefined where none is there. */
export function readBackendTls(
  reader: AnnotationReader,
  namespace: string,
  findSecret: FindSecret,
): BackendTls | undefined {
  const key = reader.readRestriction('proxy-ssl-secret', secretOf(namespace));
  const verify = reader.readRestriction('proxy-ssl-verify', formats.onOff) ?? false;
  const depth = reader.readRestriction('proxy-ssl-verify-depth', formats.depth) ?? 1;
  const name = reader.readRestriction('proxy-ssl-name', formats.hostName);
  const sendsName = reader.read('proxy-ssl-server-name', formats.onOff) ?? false;
  const versions = reader.readRestriction('proxy-ssl-protocols', formats.someOf(...tlsVersions));
  const ciphers = reader.readRestriction('proxy-ssl-ciphers', formats.ciphers);
  const secret = key === undefined ? undefined : findSecret(key);
  if (verify && (key === undefined || name === undefined)) {
    reader.misplacedRestriction(
      'proxy-ssl-verify',
      'it needs proxy-ssl-secret with a ca.crt and proxy-ssl-name beside it',
    );
    return undefined;
  }
  const own = key === undefined || secret?.data?.['tls.crt'] === undefined ? undefined : readCertificate(secret);
  const authorities = verify ? readAuthorities(secret) : undefined;
  const problem =
    key !== undefined && secret === undefined
      ? 'does not exist'
      : own !== undefined && 'problem' in own
        ? own.problem
        : authorities !== undefined && 'problem' in authorities
          ? authorities.problem
          : undefined;
  if (problem !== undefined) {
    reader.misplacedRestriction('proxy-ssl-secret', `Secret ${key} ${problem}`);
    return undefined;
  }
  const certificate = own !== undefined && 'pem' in own ? own.pem : undefined;
  const trusted = authorities !== undefined && 'pem' in authorities ? authorities.pem : undefined;
  const isAsked = [certificate, trusted, name, versions, ciphers].some((one) => one !== undefined) || sendsName;
  if (!isAsked) return undefined;
  return { certificate, authorities: trusted, depth, name, sendsName, versions, ciphers };
}
