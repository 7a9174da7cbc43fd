import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
} from '../../api/apiextensions/custom-resource-definition.schema.ts';

import { approvalAnnotation, isProtectedGroup } from '../../api/apiextensions/validate-definition.ts';

/** The names of a group that others have. */
export interface TakenNames {
  /** Plural, singular and short names. */
  readonly resources: ReadonlySet<string>;
  /** Kinds and kinds of lists. */
  readonly kinds: ReadonlySet<string>;
}

export type NoTime = Omit<CustomResourceDefinitionCondition, 'lastTransitionTime'>;

/** Which of the names asked for a definition gets, and what that means for it. */
export interface Naming {
  readonly names: CustomResourceDefinitionNames;
  readonly accepted: NoTime;
  readonly established: NoTime;
}

class Deciding {
  fault: { readonly reason: string; readonly message: string } | undefined;

  /** The name asked for where it is free or held already; else the one that is held. */
  choose<T extends string | undefined>(asked: T, held: T, taken: ReadonlySet<string>, reason: string): T {
    if (asked === undefined || asked === held || !taken.has(asked)) return asked;
    this.fault = { reason, message: `${JSON.stringify(asked)} is already in use` };
    return held;
  }
}

function isTrue(definition: CustomResourceDefinition, type: string): boolean {
  return definition.status.conditions?.some((one) => one.type === type && one.status === 'True') === true;
}

/**
 * Decides on the names of a definition: first come, first served, and each name by itself.
 * https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/
 */
export function decideNames(definition: CustomResourceDefinition, taken: TakenNames): Naming {
  const { names: asked } = definition.spec;
  const held = definition.status.acceptedNames ?? { plural: '', kind: '' };
  const deciding = new Deciding();
  const plural = deciding.choose(asked.plural, held.plural, taken.resources, 'PluralConflict');
  const singular = deciding.choose(asked.singular, held.singular, taken.resources, 'SingularConflict');
  const clashing = (asked.shortNames ?? []).filter(
    (name) => held.shortNames?.includes(name) !== true && taken.resources.has(name),
  );
  const shortNames = clashing.length === 0 ? asked.shortNames : held.shortNames;
  if (clashing.length > 0) {
    const messages = clashing.map((name) => `${JSON.stringify(name)} is already in use`);
    const message = messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`;
    deciding.fault = { reason: 'ShortNamesConflict', message };
  }
  const kind = deciding.choose(asked.kind, held.kind, taken.kinds, 'KindConflict');
  const listKind = deciding.choose(asked.listKind, held.listKind, taken.kinds, 'ListKindConflict');
  const names = {
    plural,
    ...(singular === undefined ? {} : { singular }),
    ...(shortNames === undefined ? {} : { shortNames }),
    kind,
    ...(listKind === undefined ? {} : { listKind }),
    ...(asked.categories === undefined ? {} : { categories: asked.categories }),
  };
  const { fault } = deciding;
  const accepted: NoTime =
    fault === undefined
      ? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
      : { type: 'NamesAccepted', status: 'False', ...fault };
  // What is established stays so: its objects are there.
  const stands = fault === undefined || isTrue(definition, 'Established');
  const established: NoTime = stands
    ? {
        type: 'Established',
        status: 'True',
        reason: 'InitialNamesAccepted',
        message: 'the initial names have been accepted',
      }
    : { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
  return { names, accepted, established };
}

/** What the annotation of a definition in one of Kubernetes' own domains says of its approval; nothing for any other. */
export function approvalOf({ metadata, spec: { group } }: CustomResourceDefinition): readonly NoTime[] {
  if (!isProtectedGroup(group)) return [];
  const type = 'KubernetesAPIApprovalPolicy';
  const approval = metadata.annotations?.[approvalAnnotation] ?? '';
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (approval === '') {
    const message = `protected groups must have approval annotation "${approvalAnnotation}", ${see}`;
    return [{ type, status: 'False', reason: 'MissingAnnotation', message }];
  }
  return approval.startsWith('unapproved')
    ? [{ type, status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: ${JSON.stringify(approval)}` }]
    : [{ type, status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${approval}` }];
}

/** The conditions with one of them set; its time moves only when its status does. */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[],
  condition: NoTime,
  now: string,
): readonly CustomResourceDefinitionCondition[] {
  const old = conditions.find(({ type }) => type === condition.type);
  const lastTransitionTime = old?.status === condition.status ? (old.lastTransitionTime ?? now) : now;
  const { type, status, reason, message } = condition;
  const made: CustomResourceDefinitionCondition = {
    lastTransitionTime,
    ...(message === undefined ? {} : { message }),
    ...(reason === undefined ? {} : { reason }),
    status,
    type,
  };
  if (old === undefined) return [...conditions, made];
  return conditions.map((one) => (one === old ? made : one));
}
