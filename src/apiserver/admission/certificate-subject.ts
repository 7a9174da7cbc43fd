import type { CertificateSigningRequest } from '../../api/certificates/certificate-signing-request.schema.ts';
import { parseCertificateRequest } from '../../api/certificates/request.ts';
import { forbidden } from '../http/status.ts';
import type { AdmissionPlugin } from './types.ts';

const signer = 'kubernetes.io/kube-apiserver-client';
const masters = 'system:masters';

/** Nobody gets a certificate by request that no role can ever take rights away from. */
export const certificateSubject: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate({ verb, kind, subresource, object, name }) {
    const isRequest = kind.group === 'certificates.k8s.io' && kind.plural === 'certificatesigningrequests';
    if (verb !== 'create' || !isRequest || subresource !== '' || object === undefined) return;
    const { spec } = object as unknown as CertificateSigningRequest;
    if (spec.signerName !== signer) return;
    const { organizations } = parseCertificateRequest(Buffer.from(spec.request, 'base64').toString('latin1'));
    if (!organizations.includes(masters)) return;
    throw forbidden(kind, name, `use of ${signer} signer with ${masters} group is not allowed`);
  },
};
