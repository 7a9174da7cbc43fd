import { defineKind } from '../kind.ts';
import { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.schema.ts';

export const horizontalPodAutoscalerKind = defineKind<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v1',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  schema: HorizontalPodAutoscaler,
  storedAs: { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
  subresources: {
    status: true,
  },
});
