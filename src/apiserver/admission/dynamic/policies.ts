import type { ValidatingAdmissionPolicyBinding } from '../../../api/admissionregistration/validating-admission-policy-binding.schema.ts';
import { validatingAdmissionPolicyBindingKind } from '../../../api/admissionregistration/validating-admission-policy-binding.ts';
import type {
  ValidatingAdmissionPolicy,
  Validation,
} from '../../../api/admissionregistration/validating-admission-policy.schema.ts';
import type { Variable } from '../../../api/admissionregistration/shared.schema.ts';
import { validatingAdmissionPolicyKind } from '../../../api/admissionregistration/validating-admission-policy.ts';
import { namespaces } from '../../../api/resources.ts';
import { StatusError } from '../../../api/status-error.ts';
import type { StatusReason } from '../../../api/status-error.ts';
import { failureText } from '../../../machinery/cel/engine.ts';
import type { Store } from '../../../store/store.ts';
import type { Logger } from '../../../system/logger.ts';
import type { Authorizer } from '../../auth/types.ts';
import { forbidden } from '../../http/status.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import type { KindRegistry } from '../../registry/kind-registry.ts';
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from '../types.ts';
import { authorizerValue } from './authorizer.ts';
import { BoundPolicies } from './bound-policies.ts';
import { Evaluation, holdAll, toCelValue } from './expressions.ts';
import { paramsFor } from './params.ts';
import { reviewRequest } from './review.ts';
import { isExempt, kindByConstraints } from './target.ts';

type Policy = ValidatingAdmissionPolicy;
type Binding = ValidatingAdmissionPolicyBinding;

export interface PolicyAdmissionOptions {
  readonly kinds: KindRegistry;
  readonly authorizer: Authorizer;
  readonly logger: Logger;
}

/** What a policy holds against a request. */
interface Fault {
  readonly message: string;
  readonly reason: StatusReason;
}

const maxMessage = 5 * 1024;
const codes: Readonly<Record<string, number>> = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413 };

/** Evaluates ValidatingAdmissionPolicies where they are bound. */
export class PolicyAdmission {
  readonly #options: PolicyAdmissionOptions;
  readonly #bound = new BoundPolicies<Policy, Binding>(
    validatingAdmissionPolicyKind,
    validatingAdmissionPolicyBindingKind,
  );

  constructor(options: PolicyAdmissionOptions) {
    this.#options = options;
  }

  start(store: Store): Promise<void> {
    return this.#bound.start(store);
  }

  stop(): void {
    this.#bound.stop();
  }

  readonly validating: AdmissionPlugin = {
    name: 'ValidatingAdmissionPolicy',
    judgesConnections: true,
    validate: async (request, context) => {
      if (isExempt(request)) return;
      for (const [policy, binding] of this.#bound.pairs()) await this.#apply(policy, binding, request, context);
    },
  };

  async #apply(policy: Policy, binding: Binding, request: AdmissionRequest, context: AdmissionContext): Promise<void> {
    const faults = await this.#faults(policy, binding, request, context);
    const [first] = faults;
    if (first === undefined) return;
    const actions: readonly string[] = binding.spec.validationActions ?? ['Deny'];
    const who = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
    for (const { message } of faults) {
      if (actions.includes('Warn')) request.warnings.push(`Validation failed for ${who}: ${message}`);
      if (actions.includes('Audit')) {
        const { logger } = this.#options;
        logger.info({ policy: policy.metadata.name, binding: binding.metadata.name, message }, 'Violation to audit');
      }
    }
    if (!actions.includes('Deny')) return;
    const text = `${who} denied request: ${first.message}`;
    const { message, details } = forbidden(request.kind, request.name, text);
    const causes = [{ message: text }];
    throw new StatusError(first.reason, message, { ...details, causes }, { code: codes[first.reason] ?? 422 });
  }

  async #faults(
    policy: Policy,
    binding: Binding,
    request: AdmissionRequest,
    context: AdmissionContext,
  ): Promise<readonly Fault[]> {
    const { kinds } = this.#options;
    const { spec } = policy;
    const kind = await kindByConstraints(kinds, request, spec.matchConstraints ?? {}, context);
    const { matchResources = {} } = binding.spec;
    if (kind === undefined || (await kindByConstraints(kinds, request, matchResources, context)) === undefined)
      return [];
    try {
      const { object, oldObject, ...rest } = await reviewRequest(kinds, request, kind);
      const known = {
        object: toCelValue(object),
        oldObject: toCelValue(oldObject),
        request: toCelValue(rest),
        namespaceObject: toCelValue(await namespaceOf(request, context)),
        authorizer: authorizerValue(this.#options.authorizer, request.user),
      };
      if (!holdAll(spec.matchConditions, new Evaluation({ ...known, params: null }))) return [];
      const wanted = { paramKind: spec.paramKind, paramRef: binding.spec.paramRef };
      const all = await paramsFor(kinds, request, wanted, context);
      return all.flatMap((params) => faultsWith(policy, { ...known, params: toCelValue(params) }));
    } catch (error) {
      if (error instanceof StatusError) throw error;
      return spec.failurePolicy === 'Ignore' ? [] : [{ message: (error as Error).message, reason: 'Invalid' }];
    }
  }
}

/** The namespace that a request is in; null where it is in none. */
export async function namespaceOf(request: AdmissionRequest, context: AdmissionContext): Promise<ApiObject | null> {
  const { namespace, kind } = request;
  if (namespace === '' || !kind.namespaced) return null;
  return await context.read(namespaces, { name: namespace });
}

/** Adds the values of a policy's variables. One that fails matters only to what uses it: returned is why each did. */
export function addVariables(
  variables: readonly Variable[] = [],
  evaluation: Evaluation,
  prepare: (expression: string) => string = (expression) => expression,
): ReadonlyMap<string, string> {
  const failed = new Map<string, string>();
  const values = new Map<string, unknown>();
  evaluation.variables['variables'] = values;
  for (const { name, expression } of variables) {
    try {
      values.set(name, evaluation.run(prepare(expression), []));
    } catch (error) {
      failed.set(name, failureText(error));
    }
  }
  return failed;
}

/** What a policy holds against a request with these variables. */
function faultsWith(policy: Policy, variables: Readonly<Record<string, unknown>>): readonly Fault[] {
  const { failurePolicy, validations = [] } = policy.spec;
  const evaluation = new Evaluation(variables);
  const failed = addVariables(policy.spec.variables, evaluation);
  return validations.flatMap((validation): readonly Fault[] => {
    const { expression } = validation;
    const reason = (validation.reason ?? 'Invalid') as StatusReason;
    try {
      return evaluation.run(expression, ['bool']) === true
        ? []
        : [{ message: messageOf(validation, evaluation), reason }];
    } catch (error) {
      if (failurePolicy === 'Ignore') return [];
      const cause = [...failed].find(([name]) => expression.includes(`variables.${name}`));
      const text =
        cause === undefined ? failureText(error) : `composited variable "${cause[0]}" fails to evaluate: ${cause[1]}`;
      return [{ message: `expression '${expression}' resulted in error: ${text}`, reason: 'Invalid' }];
    }
  });
}

/** What a policy's author says of a failure; an expression for it that gives nothing usable is passed over. */
function messageOf({ expression, message = '', messageExpression = '' }: Validation, evaluation: Evaluation): string {
  const usual = message.trim() === '' ? `failed expression: ${expression.trim()}` : message.trim();
  if (messageExpression === '') return usual;
  try {
    const text = evaluation.run(messageExpression, ['string']);
    const trimmed = typeof text === 'string' ? text.trim() : '';
    return trimmed === '' || trimmed.includes('\n') || trimmed.length > maxMessage ? usual : trimmed;
  } catch {
    return usual;
  }
}
