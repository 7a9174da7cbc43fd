import { defineKind } from '../kind.ts';
import { ValidatingWebhookConfiguration } from './validating-webhook-configuration.schema.ts';

export const validatingWebhookConfigurationKind = defineKind<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingWebhookConfiguration,
});
