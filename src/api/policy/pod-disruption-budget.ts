import { defineKind } from '../kind.ts';
import { PodDisruptionBudget } from './pod-disruption-budget.schema.ts';

export const podDisruptionBudgetKind = defineKind<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  namespaced: true,
  schema: PodDisruptionBudget,
  subresources: {
    status: true,
  },
});
