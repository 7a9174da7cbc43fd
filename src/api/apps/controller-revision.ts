import { defineKind } from '../kind.ts';
import { ControllerRevision } from './controller-revision.schema.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { invalidField, requiredField } from '../field-error.ts';
import type { OwnerReference } from '../meta/meta.schema.ts';
import { validateImmutable } from '../validation/equality.ts';
import { notNegative } from '../validation/numbers.ts';

function describeOwner(owner: OwnerReference | undefined): string {
  if (owner === undefined) return '<none>';
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${`${owner.kind}${group}`.toLowerCase()}/${owner.name}`;
}

export const controllerRevisionKind = defineKind<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  namespaced: true,
  schema: ControllerRevision,
  validate: ({ data, revision }) => [
    ...(data === undefined || data === null ? [requiredField('data', 'data is mandatory')] : []),
    ...(revision < 0 ? [invalidField('revision', revision, notNegative)] : []),
  ],
  validateUpdate: ({ data }, { data: old }) => validateImmutable(data, old, 'data'),
  columns: [
    nameColumn(),
    textColumn('Controller', ({ metadata }) =>
      describeOwner(metadata.ownerReferences?.find((owner) => owner.controller === true)),
    ),
    textColumn('Revision', ({ revision }) => revision),
    ageColumn(),
  ],
});
