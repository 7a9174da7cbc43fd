import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField } from '../field-error.ts';
import { selectorMatches, validateLabelSelector } from '../values/label-selector.ts';
import type { Job } from './job.schema.ts';
import type { JobSpec } from './shared.schema.ts';

const uidLabel = 'batch.kubernetes.io/controller-uid';

/** The labels of the pods of a Job: its own name and uid, under names new and old. */
function generatedLabels({ metadata: { name, uid } }: Job): Readonly<Record<string, string>> {
  return {
    [uidLabel]: uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
}

/** The specification of a Job with a selector and labels that find its own pods alone, unless the user has chosen. */
export function withGeneratedSelector(job: Job): JobSpec {
  const { spec } = job;
  if (spec.manualSelector === true) return spec;
  const labels = { ...generatedLabels(job), ...spec.template.metadata?.labels };
  const matchLabels = { [uidLabel]: job.metadata.uid, ...spec.selector?.matchLabels };
  return {
    ...spec,
    selector: { ...spec.selector, matchLabels },
    template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
  };
}

/** Where the user leaves the choice to the server, labels of the same names would find other pods. */
function validateGenerated(job: Job): FieldError[] {
  const { selector, manualSelector, template } = job.spec;
  if (manualSelector === true || selector === undefined) return [];
  const { labels = {} } = template.metadata;
  const expected = generatedLabels(job);
  const errors = Object.entries(expected).flatMap(([key, value]) => {
    const path = `spec.template.metadata.labels[${key}]`;
    const actual = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (actual === undefined) return [requiredField(path, `must be '${value}'`)];
    return actual === value ? [] : [invalidField(path, labels, `must be '${value}'`)];
  });
  return selectorMatches(selector, expected)
    ? errors
    : [...errors, invalidField('spec.selector', selector, '`selector` not auto-generated')];
}

/** The faults of a Job's selector, and of the labels that it has to find. */
export function validateJobSelector(job: Job): FieldError[] {
  const { selector, template } = job.spec;
  if (selector === undefined) return [requiredField('spec.selector')];
  const { labels = {} } = template.metadata;
  return [
    ...validateGenerated(job),
    ...validateLabelSelector(selector, 'spec.selector'),
    ...(selectorMatches(selector, labels)
      ? []
      : [invalidField('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')]),
  ];
}
