import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from './horizontal-pod-autoscaler.schema.ts';

const unknown = '<unknown>';
const percent = (value: number | undefined, otherwise: string): string =>
  value === undefined ? otherwise : `${value}%`;

/** Of an object or something outside: one value, or its share for each pod. */
function valueText(target: MetricTarget, current: MetricValueStatus | undefined): string {
  return target.averageValue === undefined
    ? `${current?.value ?? unknown}/${target.value ?? ''}`
    : `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`;
}

/** Of what containers use: an amount, or a share of what they ask for. */
function usageText(name: string, target: MetricTarget, current: MetricValueStatus | undefined): string {
  return target.averageValue === undefined
    ? `${name}: ${percent(current?.averageUtilization, unknown)}/${percent(target.averageUtilization, '<auto>')}`
    : `${name}: ${current?.averageValue ?? unknown}/${target.averageValue}`;
}

function metricText(metric: MetricSpec, status: MetricStatus | undefined): string {
  const { object, external, pods, resource, containerResource: container } = metric;
  if (external !== undefined) return valueText(external.target, status?.external?.current);
  if (pods !== undefined) {
    return `${status?.pods?.current.averageValue ?? unknown}/${pods.target.averageValue ?? ''}`;
  }
  if (object !== undefined) return valueText(object.target, status?.object?.current);
  if (resource !== undefined) return usageText(resource.name, resource.target, status?.resource?.current);
  return container === undefined
    ? '<unknown type>'
    : usageText(container.name, container.target, status?.containerResource?.current);
}

/** What an autoscaler goes by, `current/target`: the first two, and how many more there are. */
export function targetsCell({ spec, status }: HorizontalPodAutoscaler): string {
  const texts = (spec.metrics ?? []).map((metric, index) => metricText(metric, status.currentMetrics?.[index]));
  if (texts.length === 0) return '<none>';
  const shown = texts.slice(0, 2).join(', ');
  return texts.length > 2 ? `${shown} + ${texts.length - 2} more...` : shown;
}
