import { defineKind } from '../kind.ts';
import { LocalSubjectAccessReview } from './local-subject-access-review.schema.ts';
import { invalidField } from '../field-error.ts';
import type { FieldError } from '../field-error.ts';
import { validateAskedOf, validateNoMetadata } from './review-validation.ts';

function validateReview({ metadata, spec }: LocalSubjectAccessReview): FieldError[] {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  const namespace = resource?.namespace ?? '';
  const at = 'spec.resourceAttributes.namespace';
  return [
    ...validateAskedOf(spec),
    ...validateNoMetadata(metadata, ['namespace'], 'must be empty except for namespace'),
    ...(resource !== undefined && namespace !== metadata.namespace
      ? [invalidField(at, namespace, 'must match metadata.namespace')]
      : []),
    ...(path === undefined
      ? []
      : [invalidField('spec.nonResourceAttributes', path, 'disallowed on this kind of request')]),
  ];
}

export const localSubjectAccessReviewKind = defineKind<LocalSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  namespaced: true,
  verbs: ['create'],
  schema: LocalSubjectAccessReview,
  validate: validateReview,
});
