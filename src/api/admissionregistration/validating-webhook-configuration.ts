import { ageColumn, countColumn, nameColumn } from '../columns.ts';
import { defineKind } from '../kind.ts';
import { ifSet } from '../values/if-set.ts';
import { ValidatingWebhookConfiguration } from './validating-webhook-configuration.schema.ts';
import { defaultWebhook, validateWebhooks } from './webhooks.ts';

export const validatingWebhookConfigurationKind = defineKind<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingWebhookConfiguration,
  defaults: (configuration) => ({
    ...configuration,
    ...ifSet('webhooks', configuration.webhooks, (webhooks) => webhooks.map(defaultWebhook)),
  }),
  validate: ({ webhooks }) => validateWebhooks(webhooks),
  columns: [nameColumn(), countColumn('Webhooks', ({ webhooks }) => webhooks?.length), ageColumn()],
});
