import { MatchCondition, RuleWithOperations, WebhookClientConfig } from './shared.schema.ts';
import { LabelSelector } from '../meta/meta.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, list, listMap, message, oneOf, optional, required, string } from '../schema.ts';

export const MutatingWebhook = message('io.k8s.api.admissionregistration.v1.MutatingWebhook', {
  name: required(1, string),
  clientConfig: required(2, WebhookClientConfig),
  rules: optional(3, list(RuleWithOperations)),
  failurePolicy: optional(4, oneOf('Fail', 'Ignore')),
  matchPolicy: optional(9, oneOf('Equivalent', 'Exact')),
  namespaceSelector: optional(5, LabelSelector),
  objectSelector: optional(11, LabelSelector),
  sideEffects: required(6, oneOf('None', 'NoneOnDryRun', 'Some', 'Unknown')),
  timeoutSeconds: optional(7, int32),
  admissionReviewVersions: required(8, list(string)),
  reinvocationPolicy: optional(10, oneOf('IfNeeded', 'Never')),
  matchConditions: optional(12, listMap(MatchCondition, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
});
export interface MutatingWebhook extends Infer<typeof MutatingWebhook> {}

export const MutatingWebhookConfiguration = clusterObject(
  'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration',
  {
    webhooks: optional(2, listMap(MutatingWebhook, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
  },
);
export interface MutatingWebhookConfiguration extends Infer<typeof MutatingWebhookConfiguration> {}
