import { defineKind } from '../kind.ts';
import { PriorityClass } from './priority-class.schema.ts';

export const priorityClassKind = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
  schema: PriorityClass,
});
