import { validateCounts } from '../validation/status-counts.ts';
import { usualCpuPercent } from '../autoscaling/horizontal-pod-autoscaler.ts';
import { validateBounds, validateReference } from '../autoscaling/scale-target.ts';
import { ageColumn, countColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { ifSet } from '../values/if-set.ts';
import { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.schema.ts';

/** Metrics that this version has no field for. */
const metricsAnnotation = 'autoscaling.alpha.kubernetes.io/metrics';
const nothingDone = { currentReplicas: 0, desiredReplicas: 0 };

function withDefaults(autoscaler: HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const hasOthers = autoscaler.metadata.annotations?.[metricsAnnotation] !== undefined;
  return {
    ...autoscaler,
    ...ifSet('spec', autoscaler.spec, (spec) => ({
      ...spec,
      minReplicas: spec.minReplicas ?? 1,
      ...(hasOthers ? {} : { targetCPUUtilizationPercentage: spec.targetCPUUtilizationPercentage ?? usualCpuPercent }),
    })),
    status: { ...nothingDone, ...autoscaler.status },
  };
}

function validateTarget(percent: number | undefined): FieldError[] {
  if (percent === undefined || percent >= 1) return [];
  return [invalidField('spec.targetCPUUtilizationPercentage', percent, 'must be greater than 0')];
}

function targetsCell({ spec, status }: HorizontalPodAutoscaler): string {
  const { targetCPUUtilizationPercentage: target } = spec;
  const { currentCPUUtilizationPercentage: current } = status;
  return target === undefined ? '<none>' : `cpu: ${current === undefined ? '<unknown>' : `${current}%`}/${target}%`;
}

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
  defaults: withDefaults,
  prepareForCreate: (autoscaler) => ({ ...autoscaler, status: nothingDone }),
  validate: ({ spec }) => [
    ...validateBounds(spec),
    ...validateReference(spec.scaleTargetRef, 'spec.scaleTargetRef'),
    ...validateTarget(spec.targetCPUUtilizationPercentage),
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
