import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, int64, message, optional, present, required, string, time } from '../schema.ts';

export const CrossVersionObjectReference = message(
  'io.k8s.api.autoscaling.v1.CrossVersionObjectReference',
  {
    kind: required(1, string),
    name: required(2, string),
    apiVersion: optional(3, string),
  },
  { atomic: true },
);
export interface CrossVersionObjectReference extends Infer<typeof CrossVersionObjectReference> {}

export const HorizontalPodAutoscalerSpec = message('io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec', {
  scaleTargetRef: required(1, CrossVersionObjectReference),
  minReplicas: optional(2, int32),
  maxReplicas: required(3, int32),
  targetCPUUtilizationPercentage: optional(4, int32),
});
export interface HorizontalPodAutoscalerSpec extends Infer<typeof HorizontalPodAutoscalerSpec> {}

export const HorizontalPodAutoscalerStatus = message('io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus', {
  observedGeneration: optional(1, int64),
  lastScaleTime: optional(2, time),
  currentReplicas: required(3, int32),
  desiredReplicas: required(4, int32),
  currentCPUUtilizationPercentage: optional(5, int32),
});
export interface HorizontalPodAutoscalerStatus extends Infer<typeof HorizontalPodAutoscalerStatus> {}

export const HorizontalPodAutoscaler = namespacedObject('io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler', {
  spec: required(2, HorizontalPodAutoscalerSpec),
  status: present(3, HorizontalPodAutoscalerStatus),
});
export interface HorizontalPodAutoscaler extends Infer<typeof HorizontalPodAutoscaler> {}
