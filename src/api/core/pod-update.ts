import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, requiredField } from '../field-error.ts';
import { semanticallyEqual } from '../validation/equality.ts';
import type { Container } from './container.schema.ts';
import type { PodSpec } from './pod-spec.schema.ts';
import type { Pod } from './pod.schema.ts';
import { validateGatedNodeAffinity, validateGatedNodeSelector, withNodeAffinityOf } from './pod-gated-update.ts';
import { validateTolerationsOnlyAdded } from './toleration.ts';

const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

type Containers = readonly Container[];

function validateImages(containers: Containers, old: Containers, path: string): FieldError[] {
  if (containers.length !== old.length) {
    return [forbiddenField(path, 'pod updates may not add or remove containers')];
  }
  return containers.flatMap(({ image = '' }, index) =>
    image === '' ? [requiredField(`${path}[${index}].image`)] : [],
  );
}

function validateDeadline(spec: PodSpec, old: PodSpec): FieldError[] {
  const path = 'spec.activeDeadlineSeconds';
  const { activeDeadlineSeconds: after } = spec;
  const { activeDeadlineSeconds: before } = old;
  if (after === undefined) {
    return before === undefined
      ? []
      : [invalidField(path, null, 'must not update from a positive integer to nil value')];
  }
  return before !== undefined && before < after
    ? [invalidField(path, after, 'must be less than or equal to previous value')]
    : [];
}

function validateGates(spec: PodSpec, old: PodSpec): FieldError[] {
  const before = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  return (spec.schedulingGates ?? []).flatMap(({ name }, index) =>
    before.has(name)
      ? []
      : [
          forbiddenField(
            `spec.schedulingGates[${index}].name`,
            `only deletion is allowed, but found new scheduling gate '${name}'`,
          ),
        ],
  );
}

const withImagesOf = (containers: Containers | undefined, old: Containers | undefined): Containers =>
  (containers ?? []).map((container, index) => {
    const { image: _image, ...rest } = container;
    const image = old?.[index]?.image;
    return image === undefined ? rest : { ...rest, image };
  });

/** The new specification with all that may change put back. */
function withUpdatableOf(spec: PodSpec, old: PodSpec): PodSpec {
  const { terminationGracePeriodSeconds: before = 30 } = old;
  const shortened = before < 0 && spec.terminationGracePeriodSeconds === 1;
  const gated = (old.schedulingGates ?? []).length > 0;
  return {
    ...spec,
    containers: withImagesOf(spec.containers, old.containers),
    initContainers: withImagesOf(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    ...(shortened ? { terminationGracePeriodSeconds: old.terminationGracePeriodSeconds } : {}),
    // A pod that waits at a gate may still be told where to go.
    ...(gated ? { nodeSelector: old.nodeSelector, affinity: withNodeAffinityOf(spec.affinity, old.affinity) } : {}),
  };
}

/** The faults of a change to a pod: next to nothing of its specification may change. */
export function validatePodUpdate({ spec }: Pod, { spec: old }: Pod): FieldError[] {
  const counts = [
    ...validateImages(spec.containers, old.containers, 'spec.containers'),
    ...validateImages(spec.initContainers ?? [], old.initContainers ?? [], 'spec.initContainers'),
  ];
  if (counts.some(({ type }) => type === 'FieldValueForbidden')) return counts;
  const errors = [
    ...counts,
    ...validateDeadline(spec, old),
    ...validateTolerationsOnlyAdded(spec.tolerations, old.tolerations, 'spec.tolerations'),
    ...validateGates(spec, old),
    ...validateGatedNodeSelector(spec, old),
    ...validateGatedNodeAffinity(spec, old),
  ];
  return semanticallyEqual(withUpdatableOf(spec, old), old)
    ? errors
    : [...errors, forbiddenField('spec', `pod updates may not change fields other than ${updatable}`)];
}

/** The faults of a change through `pods/ephemeralcontainers`: what is there stays as it is. */
export function validateEphemeralContainersUpdate({ spec }: Pod, { spec: old }: Pod): FieldError[] {
  const path = 'spec.ephemeralContainers';
  return (old.ephemeralContainers ?? []).flatMap((before) => {
    const after = (spec.ephemeralContainers ?? []).find(({ name }) => name === before.name);
    const name = JSON.stringify(before.name);
    if (after === undefined)
      return [forbiddenField(path, `existing ephemeral containers ${name} may not be removed\n`)];
    return semanticallyEqual(before, after)
      ? []
      : [forbiddenField(path, `existing ephemeral containers ${name} may not be changed\n`)];
  });
}
