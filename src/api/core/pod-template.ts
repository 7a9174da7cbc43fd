import { defineKind } from '../kind.ts';
import { PodTemplate } from './pod-template.schema.ts';

export const podTemplateKind = defineKind<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  namespaced: true,
  schema: PodTemplate,
});
