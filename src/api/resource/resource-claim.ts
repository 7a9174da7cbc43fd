import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { validateClaimStatus } from './claim-status.ts';
import { defaultDeviceClaim, validateDeviceClaim } from './device-claim.ts';
import { ResourceClaim } from './resource-claim.schema.ts';

/** In short how far a claim has come: `pending`, `allocated,reserved`, … */
function stateCell({ metadata, status }: ResourceClaim): string {
  const isGoing = metadata.deletionTimestamp !== undefined;
  const isAllocated = status.allocation !== undefined;
  return [
    ...(isGoing ? ['deleted'] : []),
    ...(isAllocated ? ['allocated'] : isGoing ? [] : ['pending']),
    ...(isAllocated && (status.reservedFor ?? []).length > 0 ? ['reserved'] : []),
  ].join(',');
}

export const resourceClaimKind = defineKind<ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  namespaced: true,
  subresources: { status: true },
  schema: ResourceClaim,
  defaults: (claim) => ({ ...claim, spec: { ...claim.spec, devices: defaultDeviceClaim(claim.spec.devices) } }),
  validateCreate: ({ spec }) => validateDeviceClaim(spec.devices, 'spec.devices'),
  validateUpdate: ({ spec }, { spec: old }) => validateImmutable(spec, old, 'spec'),
  validateStatus: validateClaimStatus,
  columns: [nameColumn(), textColumn('State', stateCell), ageColumn()],
});
