import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LocalSubjectAccessReview } from './local-subject-access-review.schema.ts';
import { localSubjectAccessReviewKind } from './local-subject-access-review.ts';
import type { SubjectAccessReview } from './subject-access-review.schema.ts';
import { subjectAccessReviewKind } from './subject-access-review.ts';

const resourceAttributes = { namespace: 'default', verb: 'get', resource: 'pods' };
const nonResourceAttributes = { path: '/healthz', verb: 'get' };

/** A question as it arrives: without what objects have that are kept. */
function faults(spec: object, metadata: object = {}): string[] {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata, spec, status: {} };
  const errors = subjectAccessReviewKind.validate?.(review as unknown as SubjectAccessReview) ?? [];
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

describe('the faults of a question about somebody', () => {
  const resource = (more: object) => ({ user: 'ann', resourceAttributes: { ...resourceAttributes, ...more } });
  const cases: Record<string, readonly [object, ...faults: string[]]> = {
    none: [{ groups: ['all'], nonResourceAttributes }],
    'about nothing, of nobody': [
      {},
      'spec.resourceAttributes: Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified',
      'spec.user: Required value: at least one of user or group must be specified',
    ],
    'about two things': [
      { user: 'ann', resourceAttributes, nonResourceAttributes },
      'spec.nonResourceAttributes: Invalid value: {"path":"/healthz","verb":"get"}: cannot be specified in combination with resourceAttributes',
    ],
    'about a selection that says nothing': [
      resource({ labelSelector: {} }),
      'spec.resourceAttributes.labelSelector.requirements: Required value: when labelSelector is specified, requirements or rawSelector is required',
    ],
    'about a selection told twice': [
      resource({ fieldSelector: { rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'Exists' }] } }),
      'spec.resourceAttributes.fieldSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements',
    ],
  };
  for (const [name, [spec, ...expected]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faults(spec), expected));
  }
  it('with a name', () => {
    assert.deepEqual(faults({ user: 'ann', resourceAttributes }, { name: 'mine' }), [
      'metadata: Invalid value: {"name":"mine"}: must be empty',
    ]);
  });
});

it('a question about a namespace is asked there', () => {
  const review = { metadata: { namespace: 'other' }, spec: { user: 'ann', resourceAttributes } };
  const errors = localSubjectAccessReviewKind.validate?.(review as unknown as LocalSubjectAccessReview) ?? [];
  assert.deepEqual(
    errors.map(({ field, message }) => `${field}: ${message}`),
    ['spec.resourceAttributes.namespace: Invalid value: "default": must match metadata.namespace'],
  );
});
