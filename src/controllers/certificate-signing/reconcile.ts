import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '../../api/certificates/certificate-signing-request.schema.ts';
import type { CertificateRequest } from '../../api/certificates/request.ts';
import { parseCertificateRequest } from '../../api/certificates/request.ts';
import { isOurs, kubeletClientSigner, signerFault } from './signers.ts';

export type SigningPlan =
  | { readonly type: 'none' }
  | { readonly type: 'delete' }
  /** Approve when its author may create this subresource of signing requests. */
  | { readonly type: 'approve'; readonly permission: 'selfnodeclient' | 'nodeclient' }
  | { readonly type: 'fail'; readonly message: string }
  | { readonly type: 'sign'; readonly request: CertificateRequest };

const hour = 3_600_000;
const keptWhenDecidedMs = hour;
const keptWhenOpenMs = 24 * hour;

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1');

function isExpired(certificate: string, now: number): boolean {
  try {
    return Date.parse(new X509Certificate(decoded(certificate)).validTo) <= now;
  } catch {
    return false;
  }
}

/** When a request is of no more use: long decided, or never. Milliseconds since the epoch. */
export function deadlineOf({ metadata, status }: CertificateSigningRequest): number {
  const { conditions = [], certificate = '' } = status;
  const over = conditions.find(({ type }) => type === 'Denied' || type === 'Failed');
  const decision = over ?? conditions.find(({ type }) => type === 'Approved');
  const since = Date.parse(decision?.lastUpdateTime ?? metadata.creationTimestamp);
  return since + (over !== undefined || certificate !== '' ? keptWhenDecidedMs : keptWhenOpenMs);
}

function parsed(csr: CertificateSigningRequest): CertificateRequest | Error {
  try {
    return parseCertificateRequest(decoded(csr.spec.request));
  } catch (error) {
    return error as Error;
  }
}

/** What is to be done for a signing request at `now` (ms since the epoch). */
export function reconcile(csr: CertificateSigningRequest, now: number): SigningPlan {
  const { spec, status } = csr;
  const { conditions = [], certificate = '' } = status;
  const has = (type: string): boolean => conditions.some((condition) => condition.type === type);
  if (now >= deadlineOf(csr) || (certificate !== '' && isExpired(certificate, now))) return { type: 'delete' };
  if (certificate !== '' || has('Denied') || has('Failed') || !isOurs(csr)) return { type: 'none' };
  const request = parsed(csr);
  const fault =
    request instanceof Error
      ? `unable to parse csr ${JSON.stringify(csr.metadata.name)}: ${request.message}`
      : signerFault(spec.signerName, request, spec.usages ?? []);
  if (!has('Approved')) {
    // People decide about all others.
    if (spec.signerName !== kubeletClientSigner || fault !== undefined || request instanceof Error) {
      return { type: 'none' };
    }
    const isOwn = spec.username === request.commonName;
    return { type: 'approve', permission: isOwn ? 'selfnodeclient' : 'nodeclient' };
  }
  if (request instanceof Error || fault !== undefined) return { type: 'fail', message: fault ?? '' };
  return { type: 'sign', request };
}
