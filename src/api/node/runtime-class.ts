import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { validateResources } from '../core/resources.ts';
import { validateTolerations } from '../core/toleration.ts';
import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidFields } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { semanticallyEqual, validateImmutable } from '../validation/equality.ts';
import { validateLabels } from '../validation/labels.ts';
import { dnsLabelComplaints } from '../validation/names.ts';
import { RuntimeClass } from './runtime-class.schema.ts';
import type { Scheduling } from './runtime-class.schema.ts';

function validateScheduling({ nodeSelector, tolerations = [] }: Scheduling): FieldError[] {
  const path = 'scheduling.tolerations';
  return [
    ...validateLabels(nodeSelector, 'scheduling.nodeSelector'),
    ...validateTolerations(tolerations, path),
    ...tolerations.flatMap((toleration, index) =>
      tolerations.slice(0, index).some((before) => semanticallyEqual(before, toleration))
        ? [duplicateField(`${path}[${index}]`, toleration)]
        : [],
    ),
  ];
}

export const runtimeClassKind = defineKind<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  namespaced: false,
  schema: RuntimeClass,
  validate: ({ handler, overhead, scheduling }) => [
    ...invalidFields('handler', handler, dnsLabelComplaints(handler)),
    ...(overhead === undefined ? [] : validateResources({ limits: overhead.podFixed }, [], 'overhead')),
    ...(scheduling === undefined ? [] : validateScheduling(scheduling)),
  ],
  validateUpdate: ({ handler }, { handler: old }) => validateImmutable(handler, old, 'handler'),
  columns: [nameColumn(), textColumn('Handler', ({ handler }) => handler), ageColumn()],
});
