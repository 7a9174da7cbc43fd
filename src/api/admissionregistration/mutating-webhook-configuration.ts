import { defineKind } from '../kind.ts';
import { MutatingWebhookConfiguration } from './mutating-webhook-configuration.schema.ts';

export const mutatingWebhookConfigurationKind = defineKind<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingWebhookConfiguration,
});
