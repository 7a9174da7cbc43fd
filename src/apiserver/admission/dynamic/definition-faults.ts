import type { MatchCondition, Variable } from '../../../api/admissionregistration/shared.schema.ts';
import type { ValidatingAdmissionPolicy } from '../../../api/admissionregistration/validating-admission-policy.schema.ts';
import { validatingAdmissionPolicyKind } from '../../../api/admissionregistration/validating-admission-policy.ts';
import { mutatingWebhookConfigurationKind } from '../../../api/admissionregistration/mutating-webhook-configuration.ts';
import { validatingWebhookConfigurationKind } from '../../../api/admissionregistration/validating-webhook-configuration.ts';
import type { FieldError } from '../../../api/field-error.ts';
import { invalidField } from '../../../api/field-error.ts';
import type { AnyKind } from '../../../api/kind.ts';
import type { KubeObject } from '../../../api/object.ts';
import { deviceClassKind } from '../../../api/resource/device-class.ts';
import type { DeviceClass } from '../../../api/resource/device-class.schema.ts';
import { resourceClaimKind } from '../../../api/resource/resource-claim.ts';
import { resourceClaimTemplateKind } from '../../../api/resource/resource-claim-template.ts';
import type { ResourceClaim, ResourceClaimTemplate } from '../../../api/resource/resource-claim.schema.ts';
import { CelCompileError } from '../../../machinery/cel/engine.ts';
import { claimSelectorFaults, classSelectorFaults } from './device-selectors.ts';
import { admissionExpression } from './expressions.ts';

function compileFaults(text: string | undefined, types: readonly string[], path: string): readonly FieldError[] {
  if (text === undefined || text === '') return [];
  try {
    admissionExpression(text, types);
    return [];
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    const isType = error.message.startsWith('cel expression');
    const message = isType ? error.message.replace(/^cel expression/, '') : `compilation failed: ${error.message}`;
    return [invalidField(path, text, isType ? message.trim() : message)];
  }
}

const conditionFaults = (conditions: readonly MatchCondition[] = [], path: string): readonly FieldError[] =>
  conditions.flatMap(({ expression }, index) => compileFaults(expression, ['bool'], `${path}[${index}].expression`));

const variableFaults = (variables: readonly Variable[] = [], path: string): readonly FieldError[] =>
  variables.flatMap(({ expression }, index) => compileFaults(expression, [], `${path}[${index}].expression`));

function policyFaults({ spec }: ValidatingAdmissionPolicy): readonly FieldError[] {
  return [
    ...conditionFaults(spec.matchConditions, 'spec.matchConditions'),
    ...variableFaults(spec.variables, 'spec.variables'),
    ...(spec.validations ?? []).flatMap(({ expression, messageExpression }, index) => [
      ...compileFaults(expression, ['bool'], `spec.validations[${index}].expression`),
      ...compileFaults(messageExpression, ['string'], `spec.validations[${index}].messageExpression`),
    ]),
    ...(spec.auditAnnotations ?? []).flatMap(({ valueExpression }, index) =>
      compileFaults(valueExpression, ['string', 'null'], `spec.auditAnnotations[${index}].valueExpression`),
    ),
  ];
}

interface Configuration extends KubeObject {
  readonly webhooks?: readonly { readonly matchConditions?: readonly MatchCondition[] | undefined }[] | undefined;
}

const webhookFaults = ({ webhooks = [] }: Configuration): readonly FieldError[] =>
  webhooks.flatMap(({ matchConditions }, index) =>
    conditionFaults(matchConditions, `webhooks[${index}].matchConditions`),
  );

const faultsOf = new Map<AnyKind, (object: KubeObject) => readonly FieldError[]>([
  [validatingAdmissionPolicyKind, (object) => policyFaults(object as ValidatingAdmissionPolicy)],
  [mutatingWebhookConfigurationKind, (object) => webhookFaults(object)],
  [validatingWebhookConfigurationKind, (object) => webhookFaults(object)],
  [deviceClassKind, (object) => classSelectorFaults(object as DeviceClass)],
  [resourceClaimKind, (object) => claimSelectorFaults((object as ResourceClaim).spec, 'spec')],
  [
    resourceClaimTemplateKind,
    (object) => claimSelectorFaults((object as ResourceClaimTemplate).spec.spec, 'spec.spec'),
  ],
]);

/** A kind of configurations as the server takes it: its expressions compiled. Any other kind stays as it is. */
export function withExpressionsJudged(kind: AnyKind): AnyKind {
  const faults = faultsOf.get(kind);
  if (faults === undefined) return kind;
  return {
    ...kind,
    validate: (object: KubeObject) => {
      const errors = kind.validate?.(object) ?? [];
      return errors.length > 0 ? errors : faults(object);
    },
  } as AnyKind;
}
