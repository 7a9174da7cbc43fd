import { nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidFields, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { dnsSubdomainComplaints, pathSegmentComplaints } from '../validation/names.ts';
import { IPAddress } from './ip-address.schema.ts';
import type { ParentReference } from './ip-address.schema.ts';

function validateParent({ group = '', resource, namespace = '', name }: ParentReference): FieldError[] {
  const path = 'spec.parentRef';
  const part = (field: string, value: string): FieldError[] =>
    value === ''
      ? [requiredField(`${path}.${field}`)]
      : invalidFields(`${path}.${field}`, value, pathSegmentComplaints(value));
  return [
    ...(group === '' ? [] : invalidFields(`${path}.group`, group, dnsSubdomainComplaints(group))),
    ...part('resource', resource),
    ...part('name', name),
    ...(namespace === '' ? [] : part('namespace', namespace)),
  ];
}

function parentCell({ spec: { parentRef } }: IPAddress): string {
  const { group = '', resource, namespace = '', name } = parentRef;
  const kind = (group === '' ? resource : `${resource}.${group}`).toLowerCase();
  return [kind, namespace, name].filter((part) => part !== '').join('/');
}

export const ipAddressKind = defineKind<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  namespaced: false,
  schema: IPAddress,
  nameRule: 'ip-address',
  validate: ({ spec }) => validateParent(spec.parentRef),
  validateUpdate: ({ spec }, { spec: old }) => validateImmutable(spec.parentRef, old.parentRef, 'spec.parentRef'),
  columns: [nameColumn(), textColumn('ParentRef', parentCell)],
});
