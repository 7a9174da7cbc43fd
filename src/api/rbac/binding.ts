import { ageColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField, invalidFields, notSupportedField, requiredField } from '../field-error.ts';
import type { Column } from '../kind.ts';
import type { KubeObject } from '../object.ts';
import { semanticallyEqual } from '../validation/equality.ts';
import { dnsSubdomainComplaints, pathSegmentComplaints } from '../validation/names.ts';
import { ifSet } from '../values/if-set.ts';
import type { RoleRef, Subject } from './shared.schema.ts';

const group = 'rbac.authorization.k8s.io';
const subjectKinds = ['ServiceAccount', 'User', 'Group'];

/** What both kinds of bindings have. */
interface AnyBinding extends KubeObject {
  readonly subjects?: readonly Subject[] | undefined;
  readonly roleRef: RoleRef;
}

function defaultSubject(subject: Subject): Subject {
  const isPerson = subject.kind === 'User' || subject.kind === 'Group';
  return isPerson && (subject.apiGroup ?? '') === '' ? { ...subject, apiGroup: group } : subject;
}

/** Fills in the API groups that a binding leaves out. */
export function defaultBinding<T extends AnyBinding>(binding: T): T {
  return {
    ...binding,
    ...ifSet('roleRef', binding.roleRef, (ref) => ({ ...ref, apiGroup: ref.apiGroup || group })),
    ...ifSet('subjects', binding.subjects, (subjects) => subjects.map(defaultSubject)),
  };
}

function validateRoleRef({ apiGroup = '', kind, name }: RoleRef, roleKinds: readonly string[]): FieldError[] {
  return [
    ...(apiGroup === group ? [] : [notSupportedField('roleRef.apiGroup', apiGroup, [group])]),
    ...(roleKinds.includes(kind) ? [] : [notSupportedField('roleRef.kind', kind, roleKinds)]),
    ...(name === ''
      ? [requiredField('roleRef.name')]
      : invalidFields('roleRef.name', name, pathSegmentComplaints(name))),
  ];
}

function validateAccount(subject: Subject, isNamespaced: boolean, path: string): FieldError[] {
  const { name, apiGroup = '', namespace = '' } = subject;
  return [
    ...(name === '' ? [] : invalidFields(`${path}.name`, name, dnsSubdomainComplaints(name))),
    ...(apiGroup === '' ? [] : [notSupportedField(`${path}.apiGroup`, apiGroup, [''])]),
    ...(isNamespaced || namespace !== '' ? [] : [requiredField(`${path}.namespace`)]),
  ];
}

function validateSubject(subject: Subject, isNamespaced: boolean, path: string): FieldError[] {
  const { kind, name, apiGroup = '' } = subject;
  const errors = name === '' ? [requiredField(`${path}.name`)] : [];
  if (kind === 'ServiceAccount') return [...errors, ...validateAccount(subject, isNamespaced, path)];
  if (kind !== 'User' && kind !== 'Group') {
    return [...errors, notSupportedField(`${path}.kind`, kind, subjectKinds)];
  }
  if (name === '') errors.push(invalidField(`${path}.name`, name, `${kind.toLowerCase()} name cannot be empty`));
  if (apiGroup !== group) errors.push(notSupportedField(`${path}.apiGroup`, apiGroup, [group]));
  return errors;
}

/** The faults of a binding; `roleKinds` are the kinds of roles that it may refer to. */
export function validateBinding(
  { roleRef, subjects = [] }: AnyBinding,
  isNamespaced: boolean,
  roleKinds: readonly string[],
): FieldError[] {
  return [
    ...validateRoleRef(roleRef, roleKinds),
    ...subjects.flatMap((subject, index) => validateSubject(subject, isNamespaced, `subjects[${index}]`)),
  ];
}

/** A binding is made anew for another role: who may change its subjects may not change what they may do. */
export function validateBindingUpdate({ roleRef }: AnyBinding, old: AnyBinding): FieldError[] {
  return semanticallyEqual(roleRef, old.roleRef) ? [] : [invalidField('roleRef', roleRef, 'cannot change roleRef')];
}

function subjectsCell(kind: string, shown: (subject: Subject) => string) {
  return ({ subjects = [] }: AnyBinding): string =>
    subjects
      .filter((subject) => subject.kind === kind)
      .map(shown)
      .join(', ');
}

/** The columns of bindings. */
export const bindingColumns: readonly Column<AnyBinding>[] = [
  nameColumn(),
  textColumn('Role', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  ageColumn(),
  wideColumn(
    'Users',
    subjectsCell('User', ({ name }) => name),
  ),
  wideColumn(
    'Groups',
    subjectsCell('Group', ({ name }) => name),
  ),
  wideColumn(
    'ServiceAccounts',
    subjectsCell('ServiceAccount', ({ namespace = '', name }) => `${namespace}/${name}`),
  ),
];
