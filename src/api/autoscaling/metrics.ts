import { validateContainerResourceName } from '../core/resource-names.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, invalidFields, notSupportedField, requiredField } from '../field-error.ts';
import { dnsLabelComplaints } from '../validation/names.ts';
import { tryParseQuantity } from '../values/quantity.ts';
import type {
  ContainerResourceMetricSource,
  ExternalMetricSource,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  ResourceMetricSource,
} from './horizontal-pod-autoscaler.schema.ts';
import { validatePathName, validateReference } from './scale-target.ts';

/** The sources of metrics by type, with the field that holds each. */
const fields = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const;
const types = Object.keys(fields).toSorted();
const targetTypes = ['Utilization', 'Value', 'AverageValue'];

function validateTarget(target: MetricTarget, path: string): FieldError[] {
  const { type, averageUtilization } = target;
  const errors = type === '' ? [requiredField(`${path}.type`, 'must specify a metric target type')] : [];
  if (!targetTypes.includes(type)) {
    errors.push(invalidField(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const field of ['value', 'averageValue'] as const) {
    const parsed = tryParseQuantity(target[field]);
    if (parsed !== undefined && parsed.nanos <= 0n) {
      errors.push(invalidField(`${path}.${field}`, target[field], 'must be positive'));
    }
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(invalidField(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  }
  return errors;
}

const metricName = (name: string, path: string): FieldError[] =>
  validatePathName(name, `${path}.metric.name`, 'must specify a metric name');

function validateObject({ describedObject, metric, target }: ObjectMetricSource, path: string): FieldError[] {
  const isSet = target.value !== undefined || target.averageValue !== undefined;
  return [
    ...validateReference(describedObject, `${path}.describedObject`),
    ...metricName(metric.name, path),
    ...validateTarget(target, `${path}.target`),
    ...(isSet ? [] : [requiredField(`${path}.target.averageValue`, 'must set either a target value or averageValue')]),
  ];
}

function validateExternal({ metric, target }: ExternalMetricSource, path: string): FieldError[] {
  const { value, averageValue } = target;
  const missing = 'must set either a target value for metric or a per-pod target';
  const both = 'may not set both a target value for metric and a per-pod target';
  return [
    ...metricName(metric.name, path),
    ...validateTarget(target, `${path}.target`),
    ...(value === undefined && averageValue === undefined
      ? [requiredField(`${path}.target.averageValue`, missing)]
      : []),
    ...(value !== undefined && averageValue !== undefined ? [forbiddenField(`${path}.target.value`, both)] : []),
  ];
}

function validateUsage(target: MetricTarget, path: string): FieldError[] {
  const { averageUtilization, averageValue } = target;
  const missing = 'must set either a target raw value or a target utilization';
  const both = 'may not set both a target raw value and a target utilization';
  return [
    ...validateTarget(target, path),
    ...(averageUtilization === undefined && averageValue === undefined
      ? [requiredField(`${path}.averageUtilization`, missing)]
      : []),
    ...(averageUtilization !== undefined && averageValue !== undefined
      ? [forbiddenField(`${path}.averageValue`, both)]
      : []),
  ];
}

function validateResource({ name, target }: ResourceMetricSource, path: string): FieldError[] {
  const errors = name === '' ? [requiredField(`${path}.name`, 'must specify a resource name')] : [];
  return [...errors, ...validateUsage(target, `${path}.target`)];
}

function validateContainer(source: ContainerResourceMetricSource, path: string): FieldError[] {
  const { name, container, target } = source;
  return [
    ...(name === ''
      ? [requiredField(`${path}.name`, 'must specify a resource name')]
      : validateContainerResourceName(name, `${path}.name`)),
    ...(container === ''
      ? [requiredField(`${path}.container`, 'must specify a container')]
      : invalidFields(`${path}.container`, container, dnsLabelComplaints(container))),
    ...validateUsage(target, `${path}.target`),
  ];
}

/** The faults of the first source that a metric names; it should be the only one. */
function validateSource(metric: MetricSpec, path: string): FieldError[] {
  const { object, external, pods, resource, containerResource } = metric;
  if (object !== undefined) return validateObject(object, `${path}.object`);
  if (external !== undefined) return validateExternal(external, `${path}.external`);
  if (pods !== undefined) {
    const at = `${path}.pods`;
    const missing = requiredField(`${at}.target.averageValue`, 'must specify a positive target averageValue');
    return [
      ...metricName(pods.metric.name, at),
      ...validateTarget(pods.target, `${at}.target`),
      ...(pods.target.averageValue === undefined ? [missing] : []),
    ];
  }
  if (resource !== undefined) return validateResource(resource, `${path}.resource`);
  return containerResource === undefined ? [] : validateContainer(containerResource, `${path}.containerResource`);
}

function validateMetric(metric: MetricSpec, path: string): FieldError[] {
  const { type } = metric;
  const errors = type === '' ? [requiredField(`${path}.type`, 'must specify a metric source type')] : [];
  const expected = Object.hasOwn(fields, type) ? fields[type as keyof typeof fields] : undefined;
  if (expected === undefined) errors.push(notSupportedField(`${path}.type`, type, types));
  errors.push(...validateSource(metric, path));
  if (expected !== undefined && metric[expected] === undefined) {
    errors.push(requiredField(`${path}.${expected}`, 'must populate information for the given metric source'));
  }
  const present = Object.values(fields).filter((field) => metric[field] !== undefined);
  const others = present.length > 1 ? present.filter((field) => field !== expected) : [];
  const only = 'must populate the given metric source only';
  return [...errors, ...others.map((field) => forbiddenField(`${path}.${field}`, only))];
}

/** The faults of what an autoscaler goes by. */
export function validateMetrics(metrics: readonly MetricSpec[] | undefined, path: string): FieldError[] {
  return (metrics ?? []).flatMap((metric, index) => validateMetric(metric, `${path}[${index}]`));
}
