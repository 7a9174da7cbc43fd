import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidFields, requiredField, tooLongField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { validateDomainPrefixedPath } from '../validation/domain-prefixed-path.ts';
import { dnsLabelComplaints } from '../validation/names.ts';
import { validateTypedReference } from '../validation/typed-reference.ts';
import { IngressClass } from './ingress-class.schema.ts';
import type { IngressClassParametersReference } from './ingress-class.schema.ts';

const maxController = 250;

function parametersCell({ spec: { parameters } }: IngressClass): string {
  if (parameters === undefined) return '<none>';
  const { apiGroup = '', kind, name } = parameters;
  return apiGroup === '' ? `${kind}/${name}` : `${kind}.${apiGroup}/${name}`;
}

function validateParameters(parameters: IngressClassParametersReference, path: string): FieldError[] {
  const { scope, namespace } = parameters;
  const errors = validateTypedReference(parameters, path);
  if (scope === 'Cluster' && namespace !== undefined) {
    errors.push(forbiddenField(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  } else if (scope === 'Namespace') {
    errors.push(
      ...(namespace === undefined
        ? [requiredField(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'")]
        : invalidFields(`${path}.namespace`, namespace, dnsLabelComplaints(namespace))),
    );
  }
  return errors;
}

function validateClass({ spec: { controller = '', parameters } }: IngressClass): FieldError[] {
  return [
    ...(controller.length > maxController ? [tooLongField('spec.controller', maxController)] : []),
    ...validateDomainPrefixedPath(controller, 'spec.controller'),
    ...(parameters === undefined ? [] : validateParameters(parameters, 'spec.parameters')),
  ];
}

export const ingressClassKind = defineKind<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
  schema: IngressClass,
  defaults: (ingressClass) => {
    const { parameters } = ingressClass.spec;
    if (parameters === undefined || parameters.scope !== undefined) return ingressClass;
    return { ...ingressClass, spec: { ...ingressClass.spec, parameters: { ...parameters, scope: 'Cluster' } } };
  },
  validate: validateClass,
  validateUpdate: ({ spec }, old) => validateImmutable(spec.controller, old.spec.controller, 'spec.controller'),
  columns: [
    nameColumn(),
    textColumn('Controller', ({ spec }) => spec.controller ?? ''),
    textColumn('Parameters', parametersCell),
    ageColumn(),
  ],
});
