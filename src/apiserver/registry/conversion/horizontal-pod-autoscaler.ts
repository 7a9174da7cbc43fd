import type { ApiObject } from '../api-object.ts';

/** What `autoscaling/v1` has no field for travels in annotations, so that a write through it loses nothing. */
const metricsAnnotation = 'autoscaling.alpha.kubernetes.io/metrics';
const behaviorAnnotation = 'autoscaling.alpha.kubernetes.io/behavior';
const conditionsAnnotation = 'autoscaling.alpha.kubernetes.io/conditions';
const currentMetricsAnnotation = 'autoscaling.alpha.kubernetes.io/current-metrics';

type Json = Readonly<Record<string, unknown>>;
interface Metric {
  readonly type: string;
  readonly resource?: {
    readonly name: string;
    readonly target?: { readonly type: string; readonly averageUtilization?: number };
    readonly current?: { readonly averageUtilization?: number };
  };
}

const isCpu = (metric: Metric): boolean => metric.type === 'Resource' && metric.resource?.name === 'cpu';
const isCpuUtilization = (metric: Metric): boolean => isCpu(metric) && metric.resource?.target?.type === 'Utilization';

function readAnnotation(annotations: Readonly<Record<string, string>>, name: string): unknown {
  const text = annotations[name];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Somebody else's text under this name says nothing.
    return undefined;
  }
}

function without(object: Json, ...fields: readonly string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)));
}

function some(field: string, value: unknown): Json {
  return value === undefined || (Array.isArray(value) && value.length === 0) ? {} : { [field]: value };
}

/** An `autoscaling/v1` autoscaler as `autoscaling/v2` keeps it. */
export function autoscalerToV2(object: ApiObject): ApiObject {
  const { annotations: given = {}, ...metadata } = object.metadata;
  const own = [metricsAnnotation, behaviorAnnotation, conditionsAnnotation, currentMetricsAnnotation];
  const annotations = without(given, ...own);
  const spec = (object['spec'] ?? {}) as Json;
  const status = (object['status'] ?? {}) as Json;
  const percent = spec['targetCPUUtilizationPercentage'] as number | undefined;
  const others = (readAnnotation(given, metricsAnnotation) ?? []) as readonly Metric[];
  const cpu: Metric | undefined =
    percent === undefined
      ? undefined
      : { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } } };
  const metrics = [...(Array.isArray(others) ? others : []), ...(cpu === undefined ? [] : [cpu])];
  return {
    ...object,
    metadata: { ...metadata, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: {
      ...without(spec, 'targetCPUUtilizationPercentage'),
      ...some('metrics', metrics),
      ...some('behavior', readAnnotation(given, behaviorAnnotation)),
    },
    status: {
      ...without(status, 'currentCPUUtilizationPercentage'),
      ...some('conditions', readAnnotation(given, conditionsAnnotation)),
      ...some('currentMetrics', readAnnotation(given, currentMetricsAnnotation)),
    },
  } as unknown as ApiObject;
}

/** An `autoscaling/v2` autoscaler as `autoscaling/v1` shows it. */
export function autoscalerFromV2(object: ApiObject): ApiObject {
  const spec = (object['spec'] ?? {}) as Json;
  const status = (object['status'] ?? {}) as Json;
  const metrics = (spec['metrics'] ?? []) as readonly Metric[];
  const current = (status['currentMetrics'] ?? []) as readonly Metric[];
  const cpu = metrics.find(isCpuUtilization);
  const others = metrics.filter((metric) => metric !== cpu);
  const kept: Json = {
    ...some(metricsAnnotation, others),
    ...some(behaviorAnnotation, spec['behavior']),
    ...some(conditionsAnnotation, status['conditions']),
    ...some(currentMetricsAnnotation, current),
  };
  const texts = Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, JSON.stringify(value)]));
  const annotations = { ...object.metadata.annotations, ...texts };
  return {
    ...object,
    metadata: { ...object.metadata, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: {
      ...without(spec, 'metrics', 'behavior'),
      ...some('targetCPUUtilizationPercentage', cpu?.resource?.target?.averageUtilization),
    },
    status: {
      ...without(status, 'conditions', 'currentMetrics'),
      ...some('currentCPUUtilizationPercentage', current.find(isCpu)?.resource?.current?.averageUtilization),
    },
  };
}
