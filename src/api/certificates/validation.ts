import { X509Certificate } from 'node:crypto';
import type { FieldError } from '../field-error.ts';
import { duplicateField, forbiddenField, invalidField, requiredField } from '../field-error.ts';
import { dnsLabelComplaints, dnsSubdomainComplaints } from '../validation/names.ts';
import type { CertificateSigningRequest } from './certificate-signing-request.schema.ts';
import { parseCertificateRequest } from './request.ts';

const minSeconds = 600;
const maxSignerName = 571;

function validateSignerName(name: string, field: string): FieldError[] {
  if (name === '') return [requiredField(field)];
  if (name === 'kubernetes.io/legacy-unknown') {
    return [invalidField(field, name, 'the legacy signerName is not allowed via this API version')];
  }
  const segments = name.split('/');
  const [domain = '', path = ''] = segments;
  if (segments.length !== 2 || path === '') {
    return [
      invalidField(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'"),
    ];
  }
  const complaints = [...dnsSubdomainComplaints(domain)];
  if (!domain.includes('.')) complaints.push('should be a domain with at least two segments separated by dots');
  for (const label of path.split('.')) complaints.push(...dnsLabelComplaints(label));
  if (name.length > maxSignerName) complaints.push(`must be no more than ${maxSignerName} bytes`);
  return complaints.map((text) => invalidField(field, name, text));
}

function validateRequest(request: string, field: string): FieldError[] {
  if (request === '') return [requiredField(field)];
  try {
    parseCertificateRequest(Buffer.from(request, 'base64').toString('latin1'));
    return [];
  } catch (error) {
    return [invalidField(field, request, (error as Error).message)];
  }
}

function validateCertificate(certificate: string, field: string): FieldError[] {
  const fault = (detail: string): FieldError[] => [invalidField(field, '<certificate data>', detail)];
  const pem = Buffer.from(certificate, 'base64').toString('latin1');
  const blocks = pem.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [];
  if (blocks.length === 0) return fault('must contain at least one CERTIFICATE PEM block');
  for (const [index, block] of blocks.entries()) {
    if (!block.startsWith('-----BEGIN CERTIFICATE-----')) {
      return fault(
        `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(/BEGIN ([^-]+)-/.exec(block)?.[1])}`,
      );
    }
    try {
      // oxlint-disable-next-line no-new -- it is made to see whether it can be
      new X509Certificate(block);
    } catch {
      return fault(`unable to parse certificate ${index}`);
    }
  }
  return [];
}

function validateStatus({ status }: CertificateSigningRequest): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, { type, status: value }] of (status.conditions ?? []).entries()) {
    const field = `status.conditions[${index}]`;
    if (type === '') errors.push(requiredField(`${field}.type`));
    if (seen.has(type)) errors.push(duplicateField(`${field}.type`, type));
    const other = type === 'Approved' ? 'Denied' : 'Approved';
    if ((type === 'Approved' || type === 'Denied') && seen.has(other)) {
      errors.push(invalidField(`${field}.type`, type, 'Approved and Denied conditions are mutually exclusive'));
    }
    if (['Approved', 'Denied', 'Failed'].includes(type) && value !== 'True') {
      errors.push(invalidField(`${field}.status`, value, `must be "True" for ${type} conditions`));
    }
    seen.add(type);
  }
  if ((status.certificate ?? '') !== '') {
    errors.push(...validateCertificate(status.certificate ?? '', 'status.certificate'));
  }
  return errors;
}

/** The faults of a signing request: of what it asks, of who is to sign, and of what was decided. */
export function validateSigningRequest(object: CertificateSigningRequest): FieldError[] {
  const { request, usages = [], signerName, expirationSeconds } = object.spec;
  const errors = [...validateRequest(request, 'spec.request')];
  if (usages.length === 0) errors.push(requiredField('spec.usages'));
  for (const [index, usage] of usages.entries()) {
    if (usages.indexOf(usage) !== index) errors.push(duplicateField(`spec.usages[${index}]`, usage));
  }
  errors.push(...validateSignerName(signerName, 'spec.signerName'));
  if (expirationSeconds !== undefined && expirationSeconds < minSeconds) {
    const detail = `may not specify a duration less than ${minSeconds} seconds (10 minutes)`;
    errors.push(invalidField('spec.expirationSeconds', expirationSeconds, detail));
  }
  return [...errors, ...validateStatus(object)];
}

/** Decisions stay, and so does a certificate once it is issued. */
export function validateSigningRequestUpdate(
  object: CertificateSigningRequest,
  old: CertificateSigningRequest,
): FieldError[] {
  const errors: FieldError[] = [];
  const types = (of: CertificateSigningRequest): readonly string[] =>
    (of.status.conditions ?? []).map(({ type }) => type);
  for (const type of new Set(types(old))) {
    if (['Approved', 'Denied', 'Failed'].includes(type) && !types(object).includes(type)) {
      errors.push(
        forbiddenField('status.conditions', `updates may not remove a condition of type ${JSON.stringify(type)}`),
      );
    }
  }
  const before = old.status.certificate ?? '';
  if (before !== '' && object.status.certificate !== before) {
    errors.push(forbiddenField('status.certificate', 'updates may not change certificate content once set'));
  }
  return errors;
}
