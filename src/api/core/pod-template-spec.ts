import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, notSupportedField } from '../field-error.ts';
import type { LabelSelector } from '../meta/meta.schema.ts';
import { validateAnnotations, validateLabels } from '../validation/labels.ts';
import { ifSet } from '../values/if-set.ts';
import { isEmptySelector, selectorMatches } from '../values/label-selector.ts';
import { defaultPodSpec, validatePodSpec } from './pod-spec.ts';
import type { PodTemplateSpec } from './pod-template-spec.schema.ts';

/** Fills in a template for pods. */
export function defaultPodTemplate(template: PodTemplateSpec): PodTemplateSpec {
  return { ...template, ...ifSet('spec', template.spec, defaultPodSpec) };
}

/** The faults of a template for pods. */
export function validatePodTemplate(template: PodTemplateSpec, path: string): FieldError[] {
  const { metadata, spec } = template;
  const ephemeral = (spec.ephemeralContainers ?? []).length > 0;
  return [
    ...validateLabels(metadata.labels, `${path}.labels`),
    ...validateAnnotations(metadata.annotations, `${path}.annotations`),
    ...validatePodSpec(spec, `${path}.spec`),
    ...(ephemeral
      ? [forbiddenField(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
      : []),
  ];
}

/**
 * The faults of a template whose pods a controller of `kind` keeps running for good: the selector has to find
 * them, and they may neither end nor have a deadline.
 */
export function validateReplicatedTemplate(
  template: PodTemplateSpec,
  selector: LabelSelector | undefined,
  kind: string,
  path: string,
): FieldError[] {
  const { labels = {} } = template.metadata;
  const { restartPolicy = 'Always', activeDeadlineSeconds } = template.spec;
  const errors: FieldError[] = [];
  if (selector !== undefined && !isEmptySelector(selector) && !selectorMatches(selector, labels)) {
    errors.push(invalidField(`${path}.metadata.labels`, labels, '`selector` does not match template `labels`'));
  }
  errors.push(...validatePodTemplate(template, path));
  if (restartPolicy !== 'Always') {
    errors.push(notSupportedField(`${path}.spec.restartPolicy`, restartPolicy, ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    errors.push(
      forbiddenField(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`),
    );
  }
  return errors;
}
