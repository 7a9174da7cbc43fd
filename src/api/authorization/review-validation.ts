import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField } from '../field-error.ts';
import type { ObjectMeta } from '../meta/meta.schema.ts';
import type { FieldSelectorAttributes, LabelSelectorAttributes, SubjectAccessReviewSpec } from './shared.schema.ts';

type Asked = Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>;

function validateSelector(
  selector: FieldSelectorAttributes | LabelSelectorAttributes | undefined,
  path: string,
): FieldError[] {
  if (selector === undefined) return [];
  const { rawSelector = '', requirements = [] } = selector;
  const name = path.slice(path.lastIndexOf('.') + 1);
  if (rawSelector !== '' && requirements.length > 0) {
    const message = 'may not specified at the same time as requirements';
    return [invalidField(`${path}.rawSelector`, rawSelector, message)];
  }
  return rawSelector === '' && requirements.length === 0
    ? [requiredField(`${path}.requirements`, `when ${name} is specified, requirements or rawSelector is required`)]
    : [];
}

/** The faults of a question: it is about a resource or about a path. */
export function validateAsked({ resourceAttributes: resource, nonResourceAttributes: path }: Asked): FieldError[] {
  if (resource !== undefined && path !== undefined) {
    const message = 'cannot be specified in combination with resourceAttributes';
    return [invalidField('spec.nonResourceAttributes', path, message)];
  }
  if (resource === undefined) {
    const message = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    return path === undefined ? [invalidField('spec.resourceAttributes', path, message)] : [];
  }
  return [
    ...validateSelector(resource.fieldSelector, 'spec.resourceAttributes.fieldSelector'),
    ...validateSelector(resource.labelSelector, 'spec.resourceAttributes.labelSelector'),
  ];
}

/** The faults of a question about somebody. */
export function validateAskedOf(spec: SubjectAccessReviewSpec): FieldError[] {
  const { user = '', groups = [] } = spec;
  const nobody = user === '' && groups.length === 0;
  return [
    ...validateAsked(spec),
    ...(nobody ? [requiredField('spec.user', 'at least one of user or group must be specified')] : []),
  ];
}

/** Refuses metadata of an object that nobody keeps; `allowed` are the fields that it may have all the same. */
export function validateNoMetadata(
  metadata: ObjectMeta,
  allowed: readonly (keyof ObjectMeta)[],
  message: string,
): FieldError[] {
  const kept: readonly string[] = [...allowed, 'managedFields'];
  const given = Object.entries(metadata).filter(([field, value]) => value !== undefined && !kept.includes(field));
  return given.length === 0 ? [] : [invalidField('metadata', metadata, message)];
}
