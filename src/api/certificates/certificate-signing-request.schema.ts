import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import {
  bytes,
  int32,
  list,
  listMap,
  mapOf,
  message,
  oneOf,
  optional,
  present,
  required,
  string,
  time,
  wrappedList,
} from '../schema.ts';

export const CertificateSigningRequestSpec = message('io.k8s.api.certificates.v1.CertificateSigningRequestSpec', {
  request: required(1, bytes),
  signerName: required(7, string),
  expirationSeconds: optional(8, int32),
  usages: optional(
    5,
    list(
      oneOf(
        'any',
        'cert sign',
        'client auth',
        'code signing',
        'content commitment',
        'crl sign',
        'data encipherment',
        'decipher only',
        'digital signature',
        'email protection',
        'encipher only',
        'ipsec end system',
        'ipsec tunnel',
        'ipsec user',
        'key agreement',
        'key encipherment',
        'microsoft sgc',
        'netscape sgc',
        'ocsp signing',
        's/mime',
        'server auth',
        'signing',
        'timestamping',
      ),
    ),
  ),
  username: optional(2, string),
  uid: optional(3, string),
  groups: optional(4, list(string)),
  extra: optional(6, mapOf(wrappedList(string))),
});
export interface CertificateSigningRequestSpec extends Infer<typeof CertificateSigningRequestSpec> {}

export const CertificateSigningRequestCondition = message(
  'io.k8s.api.certificates.v1.CertificateSigningRequestCondition',
  {
    type: required(1, string),
    status: required(6, string),
    reason: optional(2, string),
    message: optional(3, string),
    lastUpdateTime: optional(4, time),
    lastTransitionTime: optional(5, time),
  },
);
export interface CertificateSigningRequestCondition extends Infer<typeof CertificateSigningRequestCondition> {}

export const CertificateSigningRequestStatus = message('io.k8s.api.certificates.v1.CertificateSigningRequestStatus', {
  conditions: optional(1, listMap(CertificateSigningRequestCondition, ['type'])),
  certificate: optional(2, bytes),
});
export interface CertificateSigningRequestStatus extends Infer<typeof CertificateSigningRequestStatus> {}

export const CertificateSigningRequest = clusterObject('io.k8s.api.certificates.v1.CertificateSigningRequest', {
  spec: required(2, CertificateSigningRequestSpec),
  status: present(3, CertificateSigningRequestStatus),
});
export interface CertificateSigningRequest extends Infer<typeof CertificateSigningRequest> {}
