import { validateCounts } from '../validation/status-counts.ts';
import { ageColumn, countColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../kind.ts';
import { ifSet } from '../values/if-set.ts';
import { defaultBehavior, validateBehavior } from './behavior.ts';
import { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.schema.ts';
import type { HorizontalPodAutoscalerSpec, MetricSpec } from './horizontal-pod-autoscaler.schema.ts';
import { targetsCell } from './metrics-cell.ts';
import { validateMetrics } from './metrics.ts';
import { validateBounds, validateReference } from './scale-target.ts';

/** The share of the CPU that pods should use, where nothing is said. */
export const usualCpuPercent = 80;
const usualMetric: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: usualCpuPercent } },
};
const nothingDone = { desiredReplicas: 0 };

const defaultSpec = (spec: HorizontalPodAutoscalerSpec): HorizontalPodAutoscalerSpec => ({
  ...spec,
  minReplicas: spec.minReplicas ?? 1,
  metrics: (spec.metrics ?? []).length === 0 ? [usualMetric] : spec.metrics,
  ...ifSet('behavior', spec.behavior, defaultBehavior),
});

export const horizontalPodAutoscalerKind = defineKind<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  schema: HorizontalPodAutoscaler,
  subresources: {
    status: true,
  },
  defaults: (autoscaler) => ({
    ...autoscaler,
    ...ifSet('spec', autoscaler.spec, defaultSpec),
    status: { ...nothingDone, ...autoscaler.status },
  }),
  prepareForCreate: (autoscaler) => ({ ...autoscaler, status: nothingDone }),
  validate: ({ spec }) => [
    ...validateBounds(spec),
    ...validateReference(spec.scaleTargetRef, 'spec.scaleTargetRef'),
    ...validateMetrics(spec.metrics, 'spec.metrics'),
    ...validateBehavior(spec.behavior, 'spec.behavior'),
  ],
  validateStatus: ({ status }) => validateCounts(status, ['currentReplicas', 'desiredReplicas']),
  columns: [
    nameColumn(),
    textColumn('Reference', ({ spec: { scaleTargetRef: target } }) => `${target.kind}/${target.name}`),
    textColumn('Targets', targetsCell),
    textColumn('MinPods', ({ spec }) => (spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas))),
    countColumn('MaxPods', ({ spec }) => spec.maxReplicas),
    countColumn('Replicas', ({ status }) => status.currentReplicas),
    ageColumn(),
  ],
});
