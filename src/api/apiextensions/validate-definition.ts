import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, notSupportedField, requiredField } from '../field-error.ts';
import { validateImmutable } from '../validation/equality.ts';
import { dns1035LabelComplaints, dnsSubdomainComplaints } from '../validation/names.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
} from './custom-resource-definition.schema.ts';
import { validateVersion } from './validate-version.ts';
import { validateWebhookConversion } from './validate-conversion.ts';

/** Where a definition says who approved its group. */
export const approvalAnnotation = 'api-approved.kubernetes.io';
const label = (value: string, path: string): FieldError[] =>
  value === '' ? [] : dns1035LabelComplaints(value).map((text) => invalidField(path, value, text));
const kindLabel = (value: string, path: string): FieldError[] =>
  value === ''
    ? []
    : dns1035LabelComplaints(value.toLowerCase()).map((text) =>
        invalidField(path, value, `may have mixed case, but should otherwise match: ${text}`),
      );

function validateNames(names: CustomResourceDefinitionNames, path: string): FieldError[] {
  const { plural, singular = '', kind, listKind = '', shortNames = [], categories = [] } = names;
  const missing = { plural, singular, kind, listKind };
  return [
    ...Object.entries(missing).flatMap(([name, value]) => (value === '' ? [requiredField(`${path}.${name}`)] : [])),
    ...label(plural, `${path}.plural`),
    ...label(singular, `${path}.singular`),
    ...kindLabel(kind, `${path}.kind`),
    ...kindLabel(listKind, `${path}.listKind`),
    ...shortNames.flatMap((name, index) => label(name, `${path}.shortNames[${index}]`)),
    ...(kind !== '' && kind === listKind
      ? [invalidField(`${path}.listKind`, listKind, 'kind and listKind may not be the same')]
      : []),
    ...categories.flatMap((name, index) => label(name, `${path}.categories[${index}]`)),
  ];
}

function validateGroup(group: string): FieldError[] {
  const path = 'spec.group';
  if (group === '') return [requiredField(path)];
  const complaints = dnsSubdomainComplaints(group);
  if (complaints.length > 0) return [invalidField(path, group, complaints.join(','))];
  return group.includes('.') ? [] : [invalidField(path, group, 'should be a domain with at least one dot')];
}

function validateVersions({ versions }: CustomResourceDefinitionSpec): FieldError[] {
  const path = 'spec.versions';
  const names = versions.map(({ name }) => name);
  const errors = names.flatMap((name, index) =>
    dns1035LabelComplaints(name).map((text) => invalidField(`${path}[${index}].name`, name, text)),
  );
  if (new Set(names).size < names.length) {
    errors.push(invalidField(path, names, 'must contain unique version names'));
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    errors.push(invalidField(path, names, 'must have exactly one version marked as storage version'));
  }
  return [...errors, ...versions.flatMap((version, index) => validateVersion(version, `${path}[${index}]`))];
}

function validateConversion({ conversion }: CustomResourceDefinitionSpec): FieldError[] {
  const path = 'spec.conversion';
  const misplaced = 'should not be set when strategy is not set to Webhook';
  switch (conversion?.strategy) {
    case undefined:
    case 'None':
      return conversion?.webhook === undefined
        ? []
        : [
            ...(conversion.webhook.clientConfig === undefined
              ? []
              : [forbiddenField(`${path}.webhookClientConfig`, misplaced)]),
            ...(conversion.webhook.conversionReviewVersions.length === 0
              ? []
              : [forbiddenField(`${path}.conversionReviewVersions`, misplaced)]),
          ];
    case '':
      return [requiredField(`${path}.strategy`)];
    case 'Webhook':
      return validateWebhookConversion(conversion?.webhook, path);
    default:
      return [notSupportedField(`${path}.strategy`, conversion?.strategy, ['None', 'Webhook'])];
  }
}

/** True for groups in Kubernetes' own domains. */
export function isProtectedGroup(group: string): boolean {
  return ['k8s.io', 'kubernetes.io'].some((domain) => group === domain || group.endsWith(`.${domain}`));
}

/** Groups of Kubernetes' own domains are taken only by who says that they were approved. */
function validateApproval({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  if (!isProtectedGroup(spec.group)) return [];
  const path = `metadata.annotations[${approvalAnnotation}]`;
  const approval = metadata.annotations?.[approvalAnnotation] ?? '';
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (approval === '') {
    const text = `protected groups must have approval annotation "${approvalAnnotation}", ${see}`;
    return [requiredField(path, text)];
  }
  if (approval.startsWith('unapproved') || URL.canParse(approval)) return [];
  const text = `protected groups must have approval annotation "${approvalAnnotation}" with either a URL or a reason starting with "unapproved", ${see}`;
  return [invalidField(path, approval, text)];
}

/** What is wrong with a definition, as far as it shows without compiling expressions and patterns. */
export function validateDefinition(definition: CustomResourceDefinition): readonly FieldError[] {
  const { metadata, spec } = definition;
  const { scope, names, group } = spec;
  const errors = [...validateGroup(group)];
  if (metadata.name !== `${names.plural}.${group}`) {
    errors.unshift(invalidField('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  if (scope === '') errors.push(requiredField('spec.scope'));
  else if (scope !== 'Cluster' && scope !== 'Namespaced') {
    errors.push(notSupportedField('spec.scope', scope, ['Cluster', 'Namespaced']));
  }
  errors.push(...validateVersions(spec), ...validateNames(names, 'spec.names'), ...validateConversion(spec));
  if (spec.preserveUnknownFields === true) {
    const text =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.push(invalidField('spec.preserveUnknownFields', true, text));
  }
  return [...errors, ...validateApproval(definition)];
}

function isEstablished({ status }: CustomResourceDefinition): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True') === true;
}

/** What is wrong with a change of a definition: what its objects are stored by must stay. */
export function validateDefinitionUpdate(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition,
): readonly FieldError[] {
  const { spec, status } = definition;
  const { storedVersions = [] } = status;
  const known = new Set(spec.versions.map(({ name }) => name));
  return [
    ...(isEstablished(old)
      ? [
          ...validateImmutable(spec.scope, old.spec.scope, 'spec.scope'),
          ...validateImmutable(spec.names.kind, old.spec.names.kind, 'spec.names.kind'),
        ]
      : []),
    ...validateImmutable(spec.group, old.spec.group, 'spec.group'),
    ...validateImmutable(spec.names.plural, old.spec.names.plural, 'spec.names.plural'),
    ...storedVersions.flatMap((version, index) =>
      known.has(version)
        ? []
        : [invalidField(`status.storedVersions[${index}]`, version, 'must appear in spec.versions')],
    ),
  ];
}
