import type { FieldError } from '../field-error.ts';
import { invalidField, invalidFields } from '../field-error.ts';
import { qualifiedNameComplaints } from '../validation/names.ts';

const containerResources: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);
const requestsAndLimits = ['requests', 'limits'].flatMap((prefix) =>
  ['cpu', 'memory', 'ephemeral-storage'].map((name) => `${prefix}.${name}`),
);
/** Things that a quota counts, by the piece. */
const counted = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
const quotaResources: ReadonlySet<string> = new Set([
  ...containerResources,
  ...requestsAndLimits,
  'requests.storage',
  ...counted,
]);
const standardResources: ReadonlySet<string> = new Set([...quotaResources, 'storage']);

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-');

/** Resources that a cluster does not know by itself, such as `nvidia.com/gpu`: whole numbers, never overcommitted. */
export const isExtendedResource = (name: string): boolean =>
  name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');

/** A resource of which containers may be promised more than there is. */
export const mayOvercommit = (name: string): boolean =>
  (!name.includes('/') || name.includes('kubernetes.io/')) && !isHugePages(name);

/** A resource that only comes whole. */
export const isWhole = (name: string): boolean => counted.includes(name) || isExtendedResource(name);

/** A name that a quota may limit without a domain in front. */
export const isQuotaResource = (name: string): boolean =>
  quotaResources.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-');

function validateName(name: string, path: string, rules: Readonly<Record<string, boolean>>): FieldError[] {
  const complaints = qualifiedNameComplaints(name);
  if (complaints.length > 0) return invalidFields(path, name, complaints);
  if (name.includes('/')) return [];
  return Object.entries(rules)
    .filter(([, isMet]) => !isMet)
    .map(([message]) => invalidField(path, name, message));
}

const isStandard = (name: string): boolean => standardResources.has(name) || isHugePages(name);
const standardType = 'must be a standard resource type or fully qualified';

/** Refuses what is no name of a resource. */
export function validateResourceName(name: string, path: string): FieldError[] {
  return validateName(name, path, { [standardType]: isStandard(name) });
}

/** Refuses what is no name of a resource that containers use. */
export function validateContainerResourceName(name: string, path: string): FieldError[] {
  return validateName(name, path, {
    [standardType]: isStandard(name),
    'must be a standard resource for containers': containerResources.has(name) || isHugePages(name),
  });
}

/** Refuses what no quota can limit. */
export function validateQuotaResourceName(name: string, path: string): FieldError[] {
  return validateName(name, path, { 'must be a standard resource for quota': isQuotaResource(name) });
}
