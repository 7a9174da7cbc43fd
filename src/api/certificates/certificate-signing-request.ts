import { defineKind } from '../kind.ts';
import { CertificateSigningRequest } from './certificate-signing-request.schema.ts';

export const certificateSigningRequestKind = defineKind<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  shortNames: ['csr'],
  namespaced: false,
  schema: CertificateSigningRequest,
  subresources: {
    approval: { verbs: ['get', 'patch', 'update'] },
    status: true,
  },
});
