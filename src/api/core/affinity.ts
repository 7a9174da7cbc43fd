import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, notSupportedField, requiredField } from '../field-error.ts';
import { validateLabelName } from '../validation/labels.ts';
import { dnsLabelComplaints } from '../validation/names.ts';
import { validateLabelSelector } from '../values/label-selector.ts';
import type {
  Affinity,
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from './scheduling.schema.ts';

function validateCount(requirement: NodeSelectorRequirement, path: string): FieldError[] {
  const { operator, values = [] } = requirement;
  const at = `${path}.values`;
  if (operator === 'In' || operator === 'NotIn') {
    return values.length === 0 ? [requiredField(at, "must be specified when `operator` is 'In' or 'NotIn'")] : [];
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    const message = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    return values.length > 0 ? [forbiddenField(at, message)] : [];
  }
  const message = "must be specified single value when `operator` is 'Lt' or 'Gt'";
  return values.length === 1 ? [] : [requiredField(at, message)];
}

function validateField(requirement: NodeSelectorRequirement, path: string): FieldError[] {
  const { key, operator, values = [] } = requirement;
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(notSupportedField(`${path}.operator`, operator, ['In', 'NotIn']));
  } else if (values.length !== 1) {
    errors.push(
      requiredField(
        `${path}.values`,
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      ),
    );
  }
  if (key !== 'metadata.name') errors.push(invalidField(`${path}.key`, key, 'not a valid field selector key'));
  return errors;
}

function validateTerm(term: NodeSelectorTerm, path: string): FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((requirement, index) => {
      const at = `${path}.matchExpressions[${index}]`;
      return [...validateCount(requirement, at), ...validateLabelName(requirement.key, `${at}.key`)];
    }),
    ...(term.matchFields ?? []).flatMap((requirement, index) =>
      validateField(requirement, `${path}.matchFields[${index}]`),
    ),
  ];
}

/** The faults of a node selector, of a pod or of a volume. */
export function validateNodeSelector(selector: NodeSelector, path: string): FieldError[] {
  const terms = selector.nodeSelectorTerms ?? [];
  const at = `${path}.nodeSelectorTerms`;
  if (terms.length === 0) return [requiredField(at, 'must have at least one node selector term')];
  return terms.flatMap((term, index) => validateTerm(term, `${at}[${index}]`));
}

function validateWeight(weight: number, path: string): FieldError[] {
  return weight < 1 || weight > 100 ? [invalidField(`${path}.weight`, weight, 'must be in the range 1-100')] : [];
}

const requiredPath = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferredPath = 'preferredDuringSchedulingIgnoredDuringExecution';

function validateNodeAffinity(affinity: NodeAffinity, path: string): FieldError[] {
  const { [requiredPath]: needed, [preferredPath]: preferred = [] } = affinity;
  return [
    ...(needed === undefined ? [] : validateNodeSelector(needed, `${path}.${requiredPath}`)),
    ...preferred.flatMap((term, index) => {
      const at = `${path}.${preferredPath}[${index}]`;
      return [...validateWeight(term.weight, at), ...validateTerm(term.preference, `${at}.preference`)];
    }),
  ];
}

function validatePodTerm(term: PodAffinityTerm, path: string): FieldError[] {
  return [
    ...validateLabelSelector(term.labelSelector, `${path}.labelSelector`),
    ...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`),
    ...(term.namespaces ?? []).flatMap((name) =>
      dnsLabelComplaints(name).map((text) => invalidField(`${path}.namespace`, name, text)),
    ),
    ...(term.topologyKey === ''
      ? [requiredField(`${path}.topologyKey`, 'can not be empty')]
      : validateLabelName(term.topologyKey, `${path}.topologyKey`)),
  ];
}

function validatePodAffinity(affinity: PodAffinity, path: string): FieldError[] {
  const { [requiredPath]: needed = [], [preferredPath]: preferred = [] } = affinity;
  return [
    ...needed.flatMap((term, index) => validatePodTerm(term, `${path}.${requiredPath}[${index}]`)),
    ...preferred.flatMap((term, index) => {
      const at = `${path}.${preferredPath}[${index}]`;
      return [...validateWeight(term.weight, at), ...validatePodTerm(term.podAffinityTerm, `${at}.podAffinityTerm`)];
    }),
  ];
}

/** The faults of what a pod asks of its neighbourhood. */
export function validateAffinity(affinity: Affinity | undefined, path: string): FieldError[] {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {};
  return [
    ...(nodeAffinity === undefined ? [] : validateNodeAffinity(nodeAffinity, `${path}.nodeAffinity`)),
    ...(podAffinity === undefined ? [] : validatePodAffinity(podAffinity, `${path}.podAffinity`)),
    ...(podAntiAffinity === undefined ? [] : validatePodAffinity(podAntiAffinity, `${path}.podAntiAffinity`)),
  ];
}
