import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField, tooLongField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { domainPrefixedPathComplaints } from '../validation/names.ts';
import { IngressClass } from './ingress-class.schema.ts';

const maxController = 250;

function parametersCell({ spec: { parameters } }: IngressClass): string {
  if (parameters === undefined) return '<none>';
  const { apiGroup = '', kind, name } = parameters;
  return apiGroup === '' ? `${kind}/${name}` : `${kind}.${apiGroup}/${name}`;
}

function validateClass({ spec: { controller = '', parameters } }: IngressClass): FieldError[] {
  const { scope, namespace = '' } = parameters ?? {};
  return [
    ...(controller === '' ? [requiredField('spec.controller')] : []),
    ...(controller.length > maxController ? [tooLongField('spec.controller', maxController)] : []),
    ...(controller === ''
      ? []
      : domainPrefixedPathComplaints(controller).map((text) => invalidField('spec.controller', controller, text))),
    ...(scope === 'Namespace' && namespace === ''
      ? [requiredField('spec.parameters.namespace', "`parameters.scope` is set to 'Namespace'")]
      : []),
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
