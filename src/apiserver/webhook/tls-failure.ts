import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';

const unknownAuthority = 'x509: certificate signed by unknown authority';
const words: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  CERT_SIGNATURE_FAILURE: unknownAuthority,
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'x509: certificate has expired or is not yet valid',
};

/** A certificate that is not the wanted server's; the message is Go's. */
class CertificateNameError extends Error {
  readonly code = 'ERR_TLS_CERT_ALTNAME_INVALID';
}

/** Refuses a certificate that does not name the server among its alternative names: a common name does not count. */
export function checkIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  const names = (certificate.subjectaltname ?? '')
    .split(', ')
    .map((name) => name.replace(/^(?:DNS|IP Address):/, ''))
    .filter((name) => name !== '');
  if (names.length === 0) {
    return new CertificateNameError('x509: certificate relies on legacy Common Name field, use SANs instead');
  }
  if (checkServerIdentity(host, certificate) === undefined) return undefined;
  return new CertificateNameError(`x509: certificate is valid for ${names.join(', ')}, not ${host}`);
}

/** Why a handshake failed, as Go says it; undefined where it was not about the certificate. */
export function certificateFailure(error: unknown): string | undefined {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const text = error instanceof CertificateNameError ? message : words[code];
  return text === undefined ? undefined : `tls: failed to verify certificate: ${text}`;
}
