import { randomUUID } from 'node:crypto';
import type { MutatingWebhookConfiguration } from '../../../api/admissionregistration/mutating-webhook-configuration.schema.ts';
import { mutatingWebhookConfigurationKind } from '../../../api/admissionregistration/mutating-webhook-configuration.ts';
import type { MutatingWebhook } from '../../../api/admissionregistration/mutating-webhook-configuration.schema.ts';
import type {
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../../api/admissionregistration/validating-webhook-configuration.schema.ts';
import { validatingWebhookConfigurationKind } from '../../../api/admissionregistration/validating-webhook-configuration.ts';
import { StatusError } from '../../../api/status-error.ts';
import { applyJsonPatch } from '../../../machinery/patch/json-patch.ts';
import { jsonEqual } from '../../../machinery/json.ts';
import type { AnyKind } from '../../../api/kind.ts';
import type { Store } from '../../../store/store.ts';
import type { Logger } from '../../../system/logger.ts';
import type { Authorizer } from '../../auth/types.ts';
import { badRequest, forbidden } from '../../http/status.ts';
import type { ApiObject } from '../../registry/api-object.ts';
import type { KindRegistry } from '../../registry/kind-registry.ts';
import type { WebhookClient } from '../../webhook/client.ts';
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from '../types.ts';
import type { WebhookAnswer } from './answer.ts';
import { readReview, refusalOf, reviewVersion } from './answer.ts';
import { authorizerValue } from './authorizer.ts';
import { Evaluation, holdAll, toCelValue } from './expressions.ts';
import { ObjectCache } from './object-cache.ts';
import type { ReviewRequest } from './review.ts';
import { completed, isWholeObject, reviewRequest } from './review.ts';
import { isExempt, isSelected, kindByRules } from './target.ts';

type Webhook = ValidatingWebhook | MutatingWebhook;

export interface WebhookAdmissionOptions {
  readonly kinds: KindRegistry;
  readonly client: WebhookClient;
  readonly authorizer: Authorizer;
  readonly logger: Logger;
}

/** A webhook that a request is for, by one of the versions of the request's kind. */
interface Chosen {
  readonly kind: AnyKind;
  readonly review: ReviewRequest;
}

const defaultTimeout = 10;

/** Asks the webhooks of MutatingWebhookConfigurations and ValidatingWebhookConfigurations about writes. */
export class WebhookAdmission {
  readonly #options: WebhookAdmissionOptions;
  readonly #mutating = new ObjectCache<MutatingWebhookConfiguration>(mutatingWebhookConfigurationKind);
  readonly #validating = new ObjectCache<ValidatingWebhookConfiguration>(validatingWebhookConfigurationKind);

  constructor(options: WebhookAdmissionOptions) {
    this.#options = options;
  }

  async start(store: Store): Promise<void> {
    await this.#mutating.start(store);
    await this.#validating.start(store);
  }

  stop(): void {
    this.#mutating.stop();
    this.#validating.stop();
  }

  readonly mutating: AdmissionPlugin = {
    name: 'MutatingAdmissionWebhook',
    judgesConnections: true,
    mutate: (request, context) => this.#mutate(request, context),
    // A delete has no object to change, but is asked about all the same.
    validate: async (request, context) => {
      if (request.verb === 'delete') await this.#mutate(request, context);
    },
  };

  readonly validating: AdmissionPlugin = {
    name: 'ValidatingAdmissionWebhook',
    judgesConnections: true,
    validate: async (request, context) => {
      if (isExempt(request)) return;
      const webhooks = this.#validating.list().flatMap((configuration) => configuration.webhooks ?? []);
      if (webhooks.length === 0) return;
      const results = await Promise.allSettled(webhooks.map((webhook) => this.#judge(webhook, request, context)));
      // Upstream names the first as well.
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    },
  };

  async #judge(webhook: Webhook, request: AdmissionRequest, context: AdmissionContext): Promise<void> {
    const chosen = await this.#choose(webhook, request, context);
    if (chosen !== undefined) await this.#ask(webhook, request, chosen, false);
  }

  async #mutate<T extends AdmissionRequest>(request: T, context: AdmissionContext): Promise<T['object']> {
    if (isExempt(request)) return request.object;
    const { reinvocation } = request;
    let { object } = request;
    if (reinvocation?.isAgain === true && object !== undefined && !jsonEqual(object, reinvocation.left)) {
      reinvocation.changed();
    }
    for (const configuration of this.#mutating.list()) {
      for (const webhook of configuration.webhooks ?? []) {
        const id = `${configuration.metadata.name}/${webhook.name}`;
        if (reinvocation?.isAgain === true && !reinvocation.isWanted(id)) continue;
        const current = { ...request, object };
        const chosen = await this.#choose(webhook, current, context);
        if (chosen === undefined) continue;
        const answer = await this.#ask(webhook, current, chosen, true);
        const patched = await this.#patched(webhook, current, chosen, answer?.patch);
        if (patched !== undefined && !jsonEqual(patched, object)) {
          object = patched;
          reinvocation?.changed();
        }
        if (webhook.reinvocationPolicy === 'IfNeeded') reinvocation?.asked(id);
      }
    }
    if (reinvocation !== undefined) reinvocation.left = object;
    return object;
  }

  /** Whether, and as what, a request is for a webhook. */
  async #choose(webhook: Webhook, request: AdmissionRequest, context: AdmissionContext): Promise<Chosen | undefined> {
    const { kinds, logger } = this.#options;
    const { rules = [], matchPolicy = 'Equivalent', matchConditions } = webhook;
    const kind = kindByRules(kinds, request, rules, matchPolicy);
    if (kind === undefined || !(await isSelected(request, webhook, context))) return undefined;
    const review = await reviewRequest(kinds, request, kind);
    if (matchConditions === undefined || matchConditions.length === 0) return { kind, review };
    const { object, oldObject, ...rest } = review;
    const evaluation = new Evaluation({
      object: toCelValue(object),
      oldObject: toCelValue(oldObject),
      request: toCelValue(rest),
      authorizer: authorizerValue(this.#options.authorizer, request.user),
    });
    try {
      return holdAll(matchConditions, evaluation) ? { kind, review } : undefined;
    } catch (error) {
      const { message } = error as Error;
      if (webhook.failurePolicy !== 'Ignore') throw forbidden(request.kind, request.name, message);
      logger.warn({ webhook: webhook.name, err: message }, 'Match conditions of a webhook failed; it is passed over');
      return undefined;
    }
  }

  /** What the webhook answers; undefined where it failed and may. Throws its refusal. */
  async #ask(
    webhook: Webhook,
    request: AdmissionRequest,
    { review }: Chosen,
    mutating: boolean,
  ): Promise<WebhookAnswer | undefined> {
    const { client, logger } = this.#options;
    const { name, sideEffects, clientConfig, timeoutSeconds = defaultTimeout } = webhook;
    if (request.dryRun && !['None', 'NoneOnDryRun'].includes(sideEffects)) {
      throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
    }
    const uid: string = randomUUID();
    const version = reviewVersion(webhook.admissionReviewVersions);
    const body = {
      kind: 'AdmissionReview',
      apiVersion: `admission.k8s.io/${version}`,
      request: { uid, ...review },
    };
    const answer = await this.#answer(() => client.post(clientConfig, body, timeoutSeconds), {
      uid,
      version,
      mutating,
    }).catch((cause: unknown) => {
      const text = `failed calling webhook ${JSON.stringify(name)}: ${(cause as Error).message}`;
      if (webhook.failurePolicy !== 'Ignore') {
        const details = { causes: [{ message: text }] };
        throw new StatusError('InternalError', `Internal error occurred: ${text}`, details, { cause });
      }
      logger.warn({ webhook: name, err: text }, 'A webhook failed; the request goes on without it');
      return undefined;
    });
    if (answer === undefined) return undefined;
    if (Object.keys(answer.auditAnnotations).length > 0) {
      logger.debug({ webhook: name, annotations: answer.auditAnnotations }, 'There is no audit log to annotate');
    }
    for (const warning of answer.warnings) if (!request.warnings.includes(warning)) request.warnings.push(warning);
    if (!answer.allowed) throw refusalOf(name, answer.result);
    return answer;
  }

  async #answer(
    call: () => Promise<object>,
    asked: { uid: string; version: string; mutating: boolean },
  ): Promise<WebhookAnswer> {
    let review: object;
    try {
      review = await call();
    } catch (cause) {
      throw new Error(`failed to call webhook: ${(cause as Error).message}`, { cause });
    }
    try {
      return readReview(review, asked);
    } catch (cause) {
      throw new Error(`received invalid webhook response: ${(cause as Error).message}`, { cause });
    }
  }

  /** The object as a webhook's patch leaves it, in the request's version and with its kind's defaults. */
  async #patched(
    { name }: Webhook,
    request: AdmissionRequest,
    { kind, review }: Chosen,
    patch: unknown,
  ): Promise<ApiObject | undefined> {
    if (patch === undefined || (Array.isArray(patch) && patch.length === 0)) return request.object;
    const quoted = JSON.stringify(name);
    if (!isWholeObject(request) || review.object === null) {
      const text = `admission webhook ${quoted} attempted to modify the object, which is not supported for this operation`;
      throw new StatusError('InternalError', `Internal error occurred: ${text}`);
    }
    try {
      return await completed(this.#options.kinds, request, kind, applyJsonPatch(review.object, patch));
    } catch (cause) {
      const text = `Internal error occurred: ${(cause as Error).message}`;
      throw new StatusError('InternalError', text, undefined, { cause });
    }
  }
}
