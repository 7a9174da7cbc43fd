import { ageColumn, countColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, notSupportedField, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { FlowSchema } from './flow-schema.schema.ts';
import type {
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from './flow-schema.schema.ts';

const defaultPrecedence = 1000;
const highestPrecedence = 10_000;
const methods = ['ByNamespace', 'ByUser'];
const subjectKinds = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const;
const everything = '*';

function validateSubject(subject: Subject, path: string): FieldError[] {
  const kinds = Object.keys(subjectKinds).toSorted();
  if (!Object.hasOwn(subjectKinds, subject.kind)) return [notSupportedField(`${path}.kind`, subject.kind, kinds)];
  return Object.entries(subjectKinds).flatMap(([kind, field]) => {
    const value = subject[field];
    const words = `subject kind is '${kind}'`;
    if (kind !== subject.kind) {
      const refusal = `${field} is forbidden when subject kind is not '${kind}'`;
      return value === undefined ? [] : [forbiddenField(`${path}.${field}`, refusal)];
    }
    if (value === undefined) return [requiredField(`${path}.${field}`, `${field} is required when ${words}`)];
    return value.name === '' ? [requiredField(`${path}.${field}.name`)] : [];
  });
}

/** A list that says something, and says nothing more where it says "all". */
function validateNames(values: readonly string[], path: string): FieldError[] {
  if (values.length === 0) return [requiredField(path)];
  const isMixed = values.length > 1 && values.includes(everything);
  return isMixed
    ? [invalidField(path, values, `if '*' is present, must not specify other ${path.split('.').at(-1)}`)]
    : [];
}

function validateResourceRule(rule: ResourcePolicyRule, path: string): FieldError[] {
  const { verbs, apiGroups, resources, namespaces = [], clusterScope = false } = rule;
  const nowhere = namespaces.length === 0 && !clusterScope;
  return [
    ...validateNames(verbs, `${path}.verbs`),
    ...validateNames(apiGroups, `${path}.apiGroups`),
    ...validateNames(resources, `${path}.resources`),
    ...(nowhere
      ? [
          requiredField(
            `${path}.namespaces`,
            'resource rules that are not cluster scoped must supply at least one namespace',
          ),
        ]
      : namespaces.length === 0
        ? []
        : validateNames(namespaces, `${path}.namespaces`)),
  ];
}

function validatePathRule({ verbs, nonResourceURLs }: NonResourcePolicyRule, path: string): FieldError[] {
  const at = `${path}.nonResourceURLs`;
  const wrong = nonResourceURLs.flatMap((url, index) =>
    url === everything || url.startsWith('/')
      ? []
      : [invalidField(`${at}[${index}]`, url, "must start with '/' or be '*'")],
  );
  return [...validateNames(verbs, `${path}.verbs`), ...validateNames(nonResourceURLs, at), ...wrong];
}

function validateRules(rules: PolicyRulesWithSubjects, path: string): FieldError[] {
  const { subjects, resourceRules = [], nonResourceRules = [] } = rules;
  const isEmpty = resourceRules.length === 0 && nonResourceRules.length === 0;
  return [
    ...(subjects.length === 0 ? [requiredField(`${path}.subjects`, 'subjects must contain at least one value')] : []),
    ...subjects.flatMap((subject, index) => validateSubject(subject, `${path}.subjects[${index}]`)),
    ...(isEmpty ? [requiredField(path, 'at least one of resourceRules and nonResourceRules has to be non-empty')] : []),
    ...resourceRules.flatMap((rule, index) => validateResourceRule(rule, `${path}.resourceRules[${index}]`)),
    ...nonResourceRules.flatMap((rule, index) => validatePathRule(rule, `${path}.nonResourceRules[${index}]`)),
  ];
}

function validateSchema({ metadata, spec }: FlowSchema): FieldError[] {
  const { priorityLevelConfiguration, matchingPrecedence = 0, distinguisherMethod, rules = [] } = spec;
  const precedence = 'spec.matchingPrecedence';
  const method = distinguisherMethod?.type;
  const inRange = matchingPrecedence > 0 && matchingPrecedence <= highestPrecedence;
  const isFirst = matchingPrecedence === 1 && metadata.name !== 'exempt';
  return [
    ...(inRange
      ? []
      : [
          invalidField(precedence, matchingPrecedence, `must be a value between 1 and ${highestPrecedence}, inclusive`),
        ]),
    ...(isFirst ? [invalidField(precedence, 1, "only the schema named 'exempt' may have matchingPrecedence 1")] : []),
    ...(method === undefined || methods.includes(method)
      ? []
      : [notSupportedField('spec.distinguisherMethod.type', method, methods)]),
    ...(priorityLevelConfiguration.name === ''
      ? [requiredField('spec.priorityLevelConfiguration.name', 'must reference a priority level')]
      : []),
    ...rules.flatMap((each, index) => validateRules(each, `spec.rules[${index}]`)),
  ];
}

function danglingCell({ status }: FlowSchema): string {
  return status.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?';
}

export const flowSchemaKind = defineKind<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  namespaced: false,
  schema: FlowSchema,
  subresources: { status: true },
  defaults: (schema) => ({
    ...schema,
    spec: { ...schema.spec, matchingPrecedence: schema.spec.matchingPrecedence || defaultPrecedence },
  }),
  validate: validateSchema,
  columns: [
    nameColumn(),
    textColumn('PriorityLevel', ({ spec }) => spec.priorityLevelConfiguration.name),
    countColumn('MatchingPrecedence', ({ spec }) => spec.matchingPrecedence),
    textColumn('DistinguisherMethod', ({ spec }) => spec.distinguisherMethod?.type ?? '<none>'),
    ageColumn(),
    textColumn('MissingPL', danglingCell),
  ],
});
