import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, invalidFields, notSupportedField, requiredField } from '../field-error.ts';
import { dns1035LabelComplaints, dnsSubdomainComplaints } from '../validation/names.ts';
import { validateWebhookService, validateWebhookUrl } from '../validation/webhook-client.ts';
import { ifSet } from '../values/if-set.ts';
import { validateLabelSelector } from '../values/label-selector.ts';
import { validateMatchConditions } from './expressions.ts';
import type { MutatingWebhook } from './mutating-webhook-configuration.schema.ts';
import { defaultRule, validateRule } from './rules.ts';
import type { WebhookClientConfig } from './shared.schema.ts';
import type { ValidatingWebhook } from './validating-webhook-configuration.schema.ts';

type Webhook = ValidatingWebhook | MutatingWebhook;

/** Webhooks that do more than answer would do it on a dry run, too. */
const allowedSideEffects = ['None', 'NoneOnDryRun'];
const reviewVersions = ['v1', 'v1beta1'];

/** Fills in what a webhook leaves out. */
export function defaultWebhook<T extends Webhook>(webhook: T): T {
  return {
    ...webhook,
    failurePolicy: webhook.failurePolicy ?? 'Fail',
    matchPolicy: webhook.matchPolicy ?? 'Equivalent',
    namespaceSelector: webhook.namespaceSelector ?? {},
    objectSelector: webhook.objectSelector ?? {},
    timeoutSeconds: webhook.timeoutSeconds ?? 10,
    ...ifSet('rules', webhook.rules, (rules) => rules.map(defaultRule)),
    ...ifSet('clientConfig', webhook.clientConfig, (client) => ({
      ...client,
      ...ifSet('service', client.service, (service) => ({ ...service, port: service.port ?? 443 })),
    })),
  };
}

function validateName(name: string, path: string): FieldError[] {
  if (name === '') return [requiredField(path)];
  const complaints = dnsSubdomainComplaints(name);
  if (complaints.length > 0) return [invalidField(path, name, complaints.join(','))];
  return name.split('.').length < 3
    ? [invalidField(path, name, 'should be a domain with at least three segments separated by dots')]
    : [];
}

function validateClient({ url, service }: WebhookClientConfig, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [requiredField(path, 'exactly one of url or service is required')];
  }
  if (url !== undefined) return validateWebhookUrl(url, `${path}.url`);
  return service === undefined ? [] : validateWebhookService(service, `${path}.service`);
}

function validateVersions(versions: readonly string[], path: string): FieldError[] {
  if (versions.length === 0) return [requiredField(path, `must specify one of ${reviewVersions.join(', ')}`)];
  const errors = versions.flatMap((version, index) =>
    versions.indexOf(version) < index
      ? [invalidField(`${path}[${index}]`, version, 'duplicate version')]
      : invalidFields(`${path}[${index}]`, version, dns1035LabelComplaints(version)),
  );
  return versions.some((version) => reviewVersions.includes(version))
    ? errors
    : [...errors, invalidField(path, versions, `must include at least one of ${reviewVersions.join(', ')}`)];
}

function validateWebhook(webhook: Webhook, path: string): FieldError[] {
  const { rules = [], sideEffects, timeoutSeconds: seconds = 10 } = webhook;
  return [
    ...validateName(webhook.name, `${path}.name`),
    ...rules.flatMap((rule, index) => validateRule(rule, `${path}.rules[${index}]`)),
    ...(allowedSideEffects.includes(sideEffects)
      ? []
      : [notSupportedField(`${path}.sideEffects`, sideEffects, allowedSideEffects)]),
    ...(seconds > 30 || seconds < 1
      ? [invalidField(`${path}.timeoutSeconds`, seconds, 'the timeout value must be between 1 and 30 seconds')]
      : []),
    ...validateLabelSelector(webhook.namespaceSelector, `${path}.namespaceSelector`),
    ...validateLabelSelector(webhook.objectSelector, `${path}.objectSelector`),
    ...validateClient(webhook.clientConfig, `${path}.clientConfig`),
    ...validateMatchConditions(webhook.matchConditions, `${path}.matchConditions`),
    ...validateVersions(webhook.admissionReviewVersions, `${path}.admissionReviewVersions`),
  ];
}

/** The faults of webhooks that are asked about requests. */
export function validateWebhooks(webhooks: readonly Webhook[] = []): FieldError[] {
  const names = webhooks.map(({ name }) => name);
  return webhooks.flatMap((webhook, index) => {
    const path = `webhooks[${index}]`;
    const repeated = webhook.name !== '' && names.indexOf(webhook.name) < index;
    return [...validateWebhook(webhook, path), ...(repeated ? [duplicateField(`${path}.name`, webhook.name)] : [])];
  });
}
