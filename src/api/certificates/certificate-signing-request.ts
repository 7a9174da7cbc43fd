import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../kind.ts';
import { humanDuration } from '../values/duration.ts';
import { CertificateSigningRequest } from './certificate-signing-request.schema.ts';
import { validateSigningRequest, validateSigningRequestUpdate } from './validation.ts';

/** `Approved,Issued`: what was decided, and what came of it. */
function state({ status }: CertificateSigningRequest): string {
  const types = new Set((status.conditions ?? []).map(({ type }) => type));
  const decision = types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending';
  return `${decision}${types.has('Failed') ? ',Failed' : ''}${(status.certificate ?? '') === '' ? '' : ',Issued'}`;
}

export const certificateSigningRequestKind = defineKind<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  shortNames: ['csr'],
  namespaced: false,
  nameRule: 'path-segment',
  schema: CertificateSigningRequest,
  subresources: {
    approval: { verbs: ['get', 'patch', 'update'] },
    status: true,
  },
  prepareForCreate: (object) => ({ ...object, status: {} }),
  validate: validateSigningRequest,
  validateUpdate: validateSigningRequestUpdate,
  selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName },
  columns: [
    nameColumn(),
    ageColumn(),
    textColumn('SignerName', ({ spec }) => spec.signerName),
    textColumn('Requestor', ({ spec }) => spec.username ?? ''),
    textColumn('RequestedDuration', ({ spec }) =>
      spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
    ),
    textColumn('Condition', state),
  ],
});
