import { LabelSelector } from '../meta/meta.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import {
  int32,
  int64,
  list,
  listMap,
  message,
  optional,
  present,
  quantity,
  required,
  string,
  time,
} from '../schema.ts';

export const MetricTarget = message('io.k8s.api.autoscaling.v2.MetricTarget', {
  type: required(1, string),
  value: optional(2, quantity),
  averageValue: optional(3, quantity),
  averageUtilization: optional(4, int32),
});
export interface MetricTarget extends Infer<typeof MetricTarget> {}

export const ContainerResourceMetricSource = message('io.k8s.api.autoscaling.v2.ContainerResourceMetricSource', {
  name: required(1, string),
  target: required(2, MetricTarget),
  container: required(3, string),
});
export interface ContainerResourceMetricSource extends Infer<typeof ContainerResourceMetricSource> {}

export const MetricValueStatus = message('io.k8s.api.autoscaling.v2.MetricValueStatus', {
  value: optional(1, quantity),
  averageValue: optional(2, quantity),
  averageUtilization: optional(3, int32),
});
export interface MetricValueStatus extends Infer<typeof MetricValueStatus> {}

export const ContainerResourceMetricStatus = message('io.k8s.api.autoscaling.v2.ContainerResourceMetricStatus', {
  name: required(1, string),
  current: required(2, MetricValueStatus),
  container: required(3, string),
});
export interface ContainerResourceMetricStatus extends Infer<typeof ContainerResourceMetricStatus> {}

export const CrossVersionObjectReference = message('io.k8s.api.autoscaling.v2.CrossVersionObjectReference', {
  kind: required(1, string),
  name: required(2, string),
  apiVersion: optional(3, string),
});
export interface CrossVersionObjectReference extends Infer<typeof CrossVersionObjectReference> {}

export const MetricIdentifier = message('io.k8s.api.autoscaling.v2.MetricIdentifier', {
  name: required(1, string),
  selector: optional(2, LabelSelector),
});
export interface MetricIdentifier extends Infer<typeof MetricIdentifier> {}

export const ExternalMetricSource = message('io.k8s.api.autoscaling.v2.ExternalMetricSource', {
  metric: required(1, MetricIdentifier),
  target: required(2, MetricTarget),
});
export interface ExternalMetricSource extends Infer<typeof ExternalMetricSource> {}

export const ExternalMetricStatus = message('io.k8s.api.autoscaling.v2.ExternalMetricStatus', {
  metric: required(1, MetricIdentifier),
  current: required(2, MetricValueStatus),
});
export interface ExternalMetricStatus extends Infer<typeof ExternalMetricStatus> {}

export const HPAScalingPolicy = message('io.k8s.api.autoscaling.v2.HPAScalingPolicy', {
  type: required(1, string),
  value: required(2, int32),
  periodSeconds: required(3, int32),
});
export interface HPAScalingPolicy extends Infer<typeof HPAScalingPolicy> {}

export const HPAScalingRules = message('io.k8s.api.autoscaling.v2.HPAScalingRules', {
  stabilizationWindowSeconds: optional(3, int32),
  selectPolicy: optional(1, string),
  policies: optional(2, list(HPAScalingPolicy)),
  tolerance: optional(4, quantity),
});
export interface HPAScalingRules extends Infer<typeof HPAScalingRules> {}

export const HorizontalPodAutoscalerBehavior = message('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior', {
  scaleUp: optional(1, HPAScalingRules),
  scaleDown: optional(2, HPAScalingRules),
});
export interface HorizontalPodAutoscalerBehavior extends Infer<typeof HorizontalPodAutoscalerBehavior> {}

export const ObjectMetricSource = message('io.k8s.api.autoscaling.v2.ObjectMetricSource', {
  describedObject: required(1, CrossVersionObjectReference),
  target: required(2, MetricTarget),
  metric: required(3, MetricIdentifier),
});
export interface ObjectMetricSource extends Infer<typeof ObjectMetricSource> {}

export const PodsMetricSource = message('io.k8s.api.autoscaling.v2.PodsMetricSource', {
  metric: required(1, MetricIdentifier),
  target: required(2, MetricTarget),
});
export interface PodsMetricSource extends Infer<typeof PodsMetricSource> {}

export const ResourceMetricSource = message('io.k8s.api.autoscaling.v2.ResourceMetricSource', {
  name: required(1, string),
  target: required(2, MetricTarget),
});
export interface ResourceMetricSource extends Infer<typeof ResourceMetricSource> {}

export const MetricSpec = message('io.k8s.api.autoscaling.v2.MetricSpec', {
  type: required(1, string),
  object: optional(2, ObjectMetricSource),
  pods: optional(3, PodsMetricSource),
  resource: optional(4, ResourceMetricSource),
  containerResource: optional(7, ContainerResourceMetricSource),
  external: optional(5, ExternalMetricSource),
});
export interface MetricSpec extends Infer<typeof MetricSpec> {}

export const HorizontalPodAutoscalerSpec = message('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec', {
  scaleTargetRef: required(1, CrossVersionObjectReference),
  minReplicas: optional(2, int32),
  maxReplicas: required(3, int32),
  metrics: optional(4, list(MetricSpec)),
  behavior: optional(5, HorizontalPodAutoscalerBehavior),
});
export interface HorizontalPodAutoscalerSpec extends Infer<typeof HorizontalPodAutoscalerSpec> {}

export const HorizontalPodAutoscalerCondition = message('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition', {
  type: required(1, string),
  status: required(2, string),
  lastTransitionTime: optional(3, time),
  reason: optional(4, string),
  message: optional(5, string),
});
export interface HorizontalPodAutoscalerCondition extends Infer<typeof HorizontalPodAutoscalerCondition> {}

export const ObjectMetricStatus = message('io.k8s.api.autoscaling.v2.ObjectMetricStatus', {
  metric: required(1, MetricIdentifier),
  current: required(2, MetricValueStatus),
  describedObject: required(3, CrossVersionObjectReference),
});
export interface ObjectMetricStatus extends Infer<typeof ObjectMetricStatus> {}

export const PodsMetricStatus = message('io.k8s.api.autoscaling.v2.PodsMetricStatus', {
  metric: required(1, MetricIdentifier),
  current: required(2, MetricValueStatus),
});
export interface PodsMetricStatus extends Infer<typeof PodsMetricStatus> {}

export const ResourceMetricStatus = message('io.k8s.api.autoscaling.v2.ResourceMetricStatus', {
  name: required(1, string),
  current: required(2, MetricValueStatus),
});
export interface ResourceMetricStatus extends Infer<typeof ResourceMetricStatus> {}

export const MetricStatus = message('io.k8s.api.autoscaling.v2.MetricStatus', {
  type: required(1, string),
  object: optional(2, ObjectMetricStatus),
  pods: optional(3, PodsMetricStatus),
  resource: optional(4, ResourceMetricStatus),
  containerResource: optional(7, ContainerResourceMetricStatus),
  external: optional(5, ExternalMetricStatus),
});
export interface MetricStatus extends Infer<typeof MetricStatus> {}

export const HorizontalPodAutoscalerStatus = message('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus', {
  observedGeneration: optional(1, int64),
  lastScaleTime: optional(2, time),
  currentReplicas: optional(3, int32),
  desiredReplicas: required(4, int32),
  currentMetrics: optional(5, list(MetricStatus)),
  conditions: optional(
    6,
    listMap(HorizontalPodAutoscalerCondition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' }),
  ),
});
export interface HorizontalPodAutoscalerStatus extends Infer<typeof HorizontalPodAutoscalerStatus> {}

export const HorizontalPodAutoscaler = namespacedObject('io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler', {
  spec: required(2, HorizontalPodAutoscalerSpec),
  status: present(3, HorizontalPodAutoscalerStatus),
});
export interface HorizontalPodAutoscaler extends Infer<typeof HorizontalPodAutoscaler> {}
