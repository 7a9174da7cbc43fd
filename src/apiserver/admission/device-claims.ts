import type { FieldError } from '../../api/field-error.ts';
import { forbiddenField } from '../../api/field-error.ts';
import type { AllocatedDeviceStatus, ResourceClaimStatus } from '../../api/resource/allocation.schema.ts';
import type { ResourceClaim, ResourceClaimTemplate } from '../../api/resource/resource-claim.schema.ts';
import { namespaces } from '../../api/resources.ts';
import { invalidObject } from '../../api/status-error.ts';
import { semanticallyEqual } from '../../api/validation/equality.ts';
import { forbidden } from '../auth/forbidden.ts';
import type { Authorizer, RequestAttributes, UserInfo } from '../auth/types.ts';
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from './types.ts';

const group = 'resource.k8s.io';
const adminLabel = 'resource.kubernetes.io/admin-access';
const nodeOfAccount = 'authentication.kubernetes.io/node-name';

type Claimed = ResourceClaim['spec']['devices'];

/** Where the object asks for devices on behalf of the administrator, which others may be using. */
function adminAccess(request: AdmissionRequest): string | undefined {
  const { object, kind, subresource } = request;
  if (subresource === 'status') {
    const results = (object as ResourceClaim | undefined)?.status.allocation?.devices.results ?? [];
    const index = results.findIndex((result) => result.adminAccess === true);
    return index < 0 ? undefined : `status.allocation.devices.results[${index}].adminAccess`;
  }
  const isTemplate = kind.plural === 'resourceclaimtemplates';
  const devices: Claimed = isTemplate
    ? (object as unknown as ResourceClaimTemplate).spec.spec.devices
    : (object as unknown as ResourceClaim).spec.devices;
  const index = (devices.requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess === true);
  return index < 0 ? undefined : `spec.devices.requests[${index}].adminAccess`;
}

async function adminFaults(request: AdmissionRequest, context: AdmissionContext): Promise<FieldError[]> {
  const path = adminAccess(request);
  if (path === undefined) return [];
  // What was granted before stays granted: neither a specification nor an allocation changes.
  if (request.old !== undefined && adminAccess({ ...request, object: request.old }) !== undefined) return [];
  const { metadata } = await context.read(namespaces, { name: request.namespace });
  if (metadata.labels?.[adminLabel] === 'true') return [];
  const detail = `admin access to devices requires the \`${adminLabel}: true\` label on the containing namespace`;
  return [forbiddenField(path, detail)];
}

/** The drivers whose reports on devices a change of status touches. */
function changedDrivers(status: ResourceClaimStatus, old: ResourceClaimStatus): readonly string[] {
  const key = ({ driver, pool, device, shareID = '' }: AllocatedDeviceStatus): string =>
    JSON.stringify([driver, pool, device, shareID]);
  const [now, before] = [status, old].map(
    ({ devices = [] }) => new Map(devices.map((device) => [key(device), device])),
  );
  const all = new Map([...(before ?? []), ...(now ?? [])]);
  const changed = [...all].filter(([id]) => !semanticallyEqual(now?.get(id), before?.get(id)));
  return [...new Set(changed.map(([, { driver }]) => driver))].toSorted();
}

/** The one node to which an allocation is bound, if it is. */
function allocatedNode({ allocation }: ResourceClaimStatus): string | undefined {
  const [term, ...others] = allocation?.nodeSelector?.nodeSelectorTerms ?? [];
  const [field, ...more] = term?.matchFields ?? [];
  if (others.length + more.length + (term?.matchExpressions ?? []).length > 0) return undefined;
  const isName = field?.key === 'metadata.name' && field.operator === 'In' && field.values?.length === 1;
  return isName ? field.values[0] : undefined;
}

function standsOn(user: UserInfo, node: string | undefined): boolean {
  const names = user.extra?.[nodeOfAccount] ?? [];
  return (
    node !== undefined && user.name.startsWith('system:serviceaccount:') && names.length === 1 && names[0] === node
  );
}

/** Deciding who gets devices takes the right to `binding`, telling how they are the right to their `driver`. */
function statusFaults(authorizer: Authorizer, request: AdmissionRequest): FieldError[] {
  const { user, namespace } = request;
  const [{ status }, { status: old }] = [request.object, request.old] as unknown as [ResourceClaim, ResourceClaim];
  const ask = (verb: string, subresource: string, where: string, name: string): string | undefined => {
    const what = { group, version: 'v1', resource: 'resourceclaims', subresource, namespace: where, name, path: '' };
    const attributes: RequestAttributes = { user, verb, ...what };
    const { allowed, reason } = authorizer(attributes);
    return allowed ? undefined : forbidden(attributes, reason).message;
  };
  const isBound =
    semanticallyEqual(status.allocation, old.allocation) && semanticallyEqual(status.reservedFor, old.reservedFor);
  const refusal = isBound ? undefined : ask('update', 'binding', '', '');
  const verbs = [...(standsOn(user, allocatedNode(status)) ? ['associated-node:update'] : []), 'arbitrary-node:update'];
  const drivers = status.allocation === undefined ? [] : changedDrivers(status, old);
  const changing = (what: string, resource: string, verb: string, why: string): string =>
    `changing ${what} requires resource="resourceclaims/${resource}", verb="${verb}" permission: ${why}`;
  return [
    ...(refusal === undefined
      ? []
      : [
          forbiddenField(
            'status.allocation',
            changing('status.allocation or status.reservedFor', 'binding', 'update', refusal),
          ),
        ]),
    ...drivers.flatMap((driver) => {
      const [why, ...others] = verbs.map((verb) => ask(verb, 'driver', namespace, driver));
      if (why === undefined || others.includes(undefined)) return [];
      return [forbiddenField('status.devices', changing('status.devices', 'driver', `[${verbs.join(' ')}]`, why))];
    }),
  ];
}

/** Who may ask for devices as an administrator, hand them out, and report on them. */
export function deviceClaims(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'DeviceClaims',
    async validate(request, context) {
      const { kind, verb, subresource, object, old, name } = request;
      if (kind.group !== group || object === undefined || (verb !== 'create' && verb !== 'update')) return;
      if (kind.plural !== 'resourceclaims' && kind.plural !== 'resourceclaimtemplates') return;
      const faults = await adminFaults(request, context);
      if (subresource === 'status' && old !== undefined) faults.push(...statusFaults(authorizer, request));
      if (faults.length > 0) throw invalidObject(kind.group, kind.kind, name, faults);
    },
  };
}
