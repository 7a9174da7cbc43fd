import type {
  MutatingAdmissionPolicy,
  Mutation,
} from '../../../api/admissionregistration/mutating-admission-policy.schema.ts';
import { mutatingAdmissionPolicyKind } from '../../../api/admissionregistration/mutating-admission-policy.ts';
import type { MutatingAdmissionPolicyBinding } from '../../../api/admissionregistration/mutating-admission-policy-binding.schema.ts';
import { mutatingAdmissionPolicyBindingKind } from '../../../api/admissionregistration/mutating-admission-policy-binding.ts';
import type { AnyKind } from '../../../api/kind.ts';
import { StatusError } from '../../../api/status-error.ts';
import { failureText } from '../../../machinery/cel/engine.ts';
import { withPlainObjects } from '../../../machinery/cel/object-literals.ts';
import type { JsonObject } from '../../../machinery/json.ts';
import { isJsonObject, jsonEqual } from '../../../machinery/json.ts';
import { applyConfiguration } from '../../../machinery/managed-fields/apply.ts';
import { structureOf } from '../../../machinery/managed-fields/structure.ts';
import { applyJsonPatch } from '../../../machinery/patch/json-patch.ts';
import type { Store } from '../../../store/store.ts';
import { forbidden } from '../../http/status.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import { groupVersion } from '../../registry/kind-registry.ts';
import { withManagers } from '../../registry/managers.ts';
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from '../types.ts';
import { authorizerValue } from './authorizer.ts';
import { BoundPolicies } from './bound-policies.ts';
import { Evaluation, fromCelValue, holdAll, toCelValue } from './expressions.ts';
import { paramsFor } from './params.ts';
import type { PolicyAdmissionOptions } from './policies.ts';
import { addVariables, namespaceOf } from './policies.ts';
import { completed, isWholeObject, reviewRequest } from './review.ts';
import { isExempt, kindByConstraints } from './target.ts';

type Mutable = AdmissionRequest & { readonly object: ApiObject };

/** Lets MutatingAdmissionPolicies change what is written, where they are bound. */
export class MutationAdmission {
  readonly #options: PolicyAdmissionOptions;
  readonly #bound = new BoundPolicies<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding>(
    mutatingAdmissionPolicyKind,
    mutatingAdmissionPolicyBindingKind,
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

  readonly mutating: AdmissionPlugin = {
    name: 'MutatingAdmissionPolicy',
    mutate: async (request, context) => {
      let { object } = request;
      if (isExempt(request) || !isWholeObject(request)) return object;
      const { reinvocation } = request;
      for (const [policy, binding] of this.#bound.pairs()) {
        const id = `policy:${policy.metadata.name}/${binding.metadata.name}`;
        if (reinvocation?.isAgain === true && !reinvocation.isWanted(id)) continue;
        const changed = await this.#apply(policy, binding, { ...request, object }, context);
        if (!jsonEqual(changed, object)) {
          object = changed;
          reinvocation?.changed();
        }
        if (policy.spec.reinvocationPolicy === 'IfNeeded') reinvocation?.asked(id);
      }
      return object;
    },
  };

  async #apply(
    policy: MutatingAdmissionPolicy,
    binding: MutatingAdmissionPolicyBinding,
    request: Mutable,
    context: AdmissionContext,
  ): Promise<ApiObject> {
    const { kinds } = this.#options;
    const { spec } = policy;
    const kind = await kindByConstraints(kinds, request, spec.matchConstraints ?? {}, context);
    const { matchResources = {} } = binding.spec;
    if (kind === undefined || (await kindByConstraints(kinds, request, matchResources, context)) === undefined) {
      return request.object;
    }
    try {
      let { object } = request;
      const wanted = { paramKind: spec.paramKind, paramRef: binding.spec.paramRef };
      if (!holdAll(spec.matchConditions, await this.#evaluation(request, kind, null, context))) return object;
      for (const params of await paramsFor(kinds, request, wanted, context)) {
        for (const mutation of spec.mutations ?? []) {
          const current = { ...request, object };
          const evaluation = await this.#evaluation(current, kind, params, context);
          addVariables(spec.variables, evaluation, withPlainObjects);
          object = await this.#mutated(mutation, evaluation, current, kind);
        }
      }
      return object;
    } catch (error) {
      if (spec.failurePolicy === 'Ignore') return request.object;
      const who = `policy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
      const text = error instanceof StatusError ? error.message : failureText(error);
      throw forbidden(request.kind, request.name, `${who} denied request: ${text}`);
    }
  }

  async #evaluation(
    request: Mutable,
    kind: AnyKind,
    params: ApiObject | null,
    context: AdmissionContext,
  ): Promise<Evaluation> {
    const { kinds, authorizer } = this.#options;
    const { object, oldObject, ...rest } = await reviewRequest(kinds, request, kind);
    return new Evaluation({
      object: toCelValue(object),
      oldObject: toCelValue(oldObject),
      request: toCelValue(rest),
      namespaceObject: toCelValue(await namespaceOf(request, context)),
      authorizer: authorizerValue(authorizer, request.user),
      params: toCelValue(params),
    });
  }

  async #mutated(
    { patchType, jsonPatch, applyConfiguration: configuration }: Mutation,
    evaluation: Evaluation,
    request: Mutable,
    kind: AnyKind,
  ): Promise<ApiObject> {
    const { kinds } = this.#options;
    const text = (patchType === 'JSONPatch' ? jsonPatch : configuration)?.expression ?? '';
    const value = fromCelValue(evaluation.run(withPlainObjects(text), []));
    const { object } = await reviewRequest(kinds, request, kind);
    if (object === null) return request.object;
    if (patchType === 'JSONPatch') {
      return completed(kinds, request, kind, applyJsonPatch(object, value));
    }
    if (!isJsonObject(value)) throw new Error('must evaluate to Object');
    return completed(kinds, request, kind, merged(kind, object, value, request));
  }
}

/** The object with what a policy applies to it; as nobody's field manager it meets no conflicts. */
function merged(kind: AnyKind, object: ApiObject, value: JsonObject, { now }: AdmissionRequest): JsonObject {
  const { name = '', namespace = '', managedFields = [] } = object.metadata;
  const given = isJsonObject(value['metadata']) ? value['metadata'] : {};
  const metadata = { ...given, name, ...(namespace === '' ? {} : { namespace }) };
  const apiVersion = groupVersion(kind);
  const result = applyConfiguration({
    structure: structureOf(kind.schema),
    live: withManagers(object, []),
    applied: { ...value, apiVersion, kind: kind.kind, metadata },
    managers: new Map(),
    owner: { manager: 'policy', operation: 'Apply', apiVersion, subresource: '' },
    now,
    ignored: [],
    versions: () => undefined,
  });
  return withManagers(result.object as ApiObject, managedFields);
}
