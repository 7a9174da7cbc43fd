import { ageColumn, countColumn, nameColumn } from '../columns.ts';
import { defineKind } from '../kind.ts';
import { ifSet } from '../values/if-set.ts';
import { MutatingWebhookConfiguration } from './mutating-webhook-configuration.schema.ts';
import type { MutatingWebhook } from './mutating-webhook-configuration.schema.ts';
import { defaultWebhook, validateWebhooks } from './webhooks.ts';

const withDefaults = (webhook: MutatingWebhook): MutatingWebhook => ({
  ...defaultWebhook(webhook),
  reinvocationPolicy: webhook.reinvocationPolicy ?? 'Never',
});

export const mutatingWebhookConfigurationKind = defineKind<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingWebhookConfiguration,
  defaults: (configuration) => ({
    ...configuration,
    ...ifSet('webhooks', configuration.webhooks, (webhooks) => webhooks.map(withDefaults)),
  }),
  validate: ({ webhooks }) => validateWebhooks(webhooks),
  columns: [nameColumn(), countColumn('Webhooks', ({ webhooks }) => webhooks?.length), ageColumn()],
});
