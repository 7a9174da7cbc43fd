import type { CertificateSigningRequest } from '../../api/certificates/certificate-signing-request.schema.ts';
import type { CertificateRequest } from '../../api/certificates/request.ts';

type Usages = readonly string[];
/** Says why a signer does not sign this; undefined when it does. */
type Judge = (request: CertificateRequest, usages: Usages) => string | undefined;

const apiClientSigner = 'kubernetes.io/kube-apiserver-client';
export const kubeletClientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';
export const kubeletServingSigner = 'kubernetes.io/kubelet-serving';

function usageFault(usages: Usages, purpose: 'client auth' | 'server auth'): string | undefined {
  const required = [purpose, 'digital signature'];
  const allowed = [...required, 'key encipherment'];
  const isExact = required.every((usage) => usages.includes(usage)) && usages.every((usage) => allowed.includes(usage));
  return isExact ? undefined : `usages did not match [${allowed.join(' ')}]`;
}

function nodeFault({ organizations, commonName, emails, uris }: CertificateRequest): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes') {
    return 'subject organization is not system:nodes';
  }
  if (!commonName.startsWith('system:node:')) return 'subject common name does not begin with system:node:';
  if (emails.length > 0) return 'email subjectAltNames are not allowed';
  return uris.length > 0 ? 'URI subjectAltNames are not allowed' : undefined;
}

const judges: Readonly<Record<string, Judge>> = {
  [apiClientSigner]: (_request, usages) => {
    const odd = usages.find((usage) => !['client auth', 'digital signature', 'key encipherment'].includes(usage));
    if (odd !== undefined) return `invalid usage for client certificate: ${odd}`;
    return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
  },
  [kubeletClientSigner]: (request, usages) => {
    if (request.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
    if (request.ips.length > 0) return 'IP subjectAltNames are not allowed';
    return nodeFault(request) ?? usageFault(usages, 'client auth');
  },
  [kubeletServingSigner]: (request, usages) => {
    if (request.dnsNames.length === 0 && request.ips.length === 0) {
      return 'at least one DNS or IP subjectAltName is required';
    }
    return nodeFault(request) ?? usageFault(usages, 'server auth');
  },
};

export const isOurs = ({ spec }: CertificateSigningRequest): boolean => judges[spec.signerName] !== undefined;

/** Why the cluster does not sign a request in the name of `signerName`, as upstream's signers say it. */
export function signerFault(signerName: string, request: CertificateRequest, usages: Usages): string | undefined {
  return judges[signerName]?.(request, usages);
}
