import { nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../kind.ts';
import { ifSet } from '../values/if-set.ts';
import { formatLabels } from '../values/label-selector.ts';
import { defaultPodTemplate, validatePodTemplate } from './pod-template-spec.ts';
import { podTemplateWarnings } from './pod-warnings.ts';
import { PodTemplate } from './pod-template.schema.ts';

const joined = (values: readonly (string | undefined)[] = []): string => values.map((value) => value ?? '').join(',');

export const podTemplateKind = defineKind<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  namespaced: true,
  schema: PodTemplate,
  defaults: (object) => ({ ...object, ...ifSet('template', object.template, defaultPodTemplate) }),
  validate: ({ template }) => (template === undefined ? [] : validatePodTemplate(template, 'template')),
  warnings: ({ template }) => (template === undefined ? [] : podTemplateWarnings(template, 'template')),
  columns: [
    nameColumn(),
    textColumn('Containers', ({ template }) => joined(template?.spec.containers.map(({ name }) => name))),
    textColumn('Images', ({ template }) => joined(template?.spec.containers.map(({ image }) => image))),
    textColumn('Pod Labels', ({ template }) => formatLabels(template?.metadata.labels)),
  ],
});
