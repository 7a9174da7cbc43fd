import { MatchCondition, RuleWithOperations, WebhookClientConfig } from './shared.schema.ts';
import { LabelSelector } from '../meta/meta.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, list, listMap, message, oneOf, optional, required, string } from '../schema.ts';

export const ValidatingWebhook = message('io.k8s.api.admissionregistration.v1.ValidatingWebhook', {
  name: required(1, string),
  clientConfig: required(2, WebhookClientConfig),
  rules: optional(3, list(RuleWithOperations)),
  failurePolicy: optional(4, oneOf('Fail', 'Ignore')),
  matchPolicy: optional(9, oneOf('Equivalent', 'Exact')),
  namespaceSelector: optional(5, LabelSelector),
  objectSelector: optional(10, LabelSelector),
  sideEffects: required(6, oneOf('None', 'NoneOnDryRun', 'Some', 'Unknown')),
  timeoutSeconds: optional(7, int32),
  admissionReviewVersions: required(8, list(string)),
  matchConditions: optional(11, listMap(MatchCondition, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
});
export interface ValidatingWebhook extends Infer<typeof ValidatingWebhook> {}

export const ValidatingWebhookConfiguration = clusterObject(
  'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration',
  {
    webhooks: optional(2, listMap(ValidatingWebhook, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
  },
);
export interface ValidatingWebhookConfiguration extends Infer<typeof ValidatingWebhookConfiguration> {}
