import type { FieldError } from '../field-error.ts';
import { duplicateField, forbiddenField, invalidField, invalidFields, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { qualifiedNameComplaints } from '../validation/names.ts';
import { ifSet } from '../values/if-set.ts';
import type { Quantity } from '../values/quantity.ts';
import { compareQuantities, parseQuantity, quantityNumber, tryParseQuantity } from '../values/quantity.ts';
import { LimitRange } from './limit-range.schema.ts';
import type { LimitRangeItem } from './limit-range.schema.ts';
import { mayOvercommit, validateContainerResourceName, validateResourceName } from './resource-names.ts';

const types = ['Pod', 'Container', 'PersistentVolumeClaim'];
const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
type ListName = (typeof lists)[number];

/** What containers get that say nothing: at most the most, at least the least. */
function defaultItem(item: LimitRangeItem): LimitRangeItem {
  if (item.type !== 'Container') return item;
  const limits = { ...item.max, ...item.default };
  return { ...item, default: limits, defaultRequest: { ...item.min, ...limits, ...item.defaultRequest } };
}

function validateType(type: string, path: string): FieldError[] {
  const complaints = qualifiedNameComplaints(type);
  if (complaints.length > 0) return invalidFields(path, type, complaints);
  return type.includes('/') || types.includes(type)
    ? []
    : [invalidField(path, type, 'must be a standard limit type or fully qualified')];
}

function validateNames(item: LimitRangeItem, path: string): FieldError[] {
  const isPod = item.type === 'Pod';
  const validateName = isPod || item.type === 'Container' ? validateContainerResourceName : validateResourceName;
  return lists.flatMap((list) => {
    const names = Object.keys(item[list] ?? {});
    if (isPod && (list === 'default' || list === 'defaultRequest')) {
      return names.length === 0 ? [] : [forbiddenField(`${path}.${list}`, "may not be specified when `type` is 'Pod'")];
    }
    return names.flatMap((name) => validateName(name, `${path}.${list}[${name}]`));
  });
}

/** One amount of a resource that two lists disagree on: `greater` must not exceed `less`. */
interface Rule {
  readonly greater: ListName;
  readonly less: ListName;
  /** The list that is blamed, and the one whose amount is shown. */
  readonly field: ListName;
  readonly shown: ListName;
  readonly words: readonly [greater: string, less: string];
}

const rules: readonly Rule[] = [
  { greater: 'min', less: 'max', field: 'min', shown: 'min', words: ['min value', 'max value'] },
  {
    greater: 'min',
    less: 'defaultRequest',
    field: 'defaultRequest',
    shown: 'defaultRequest',
    words: ['min value', 'default request value'],
  },
  {
    greater: 'defaultRequest',
    less: 'max',
    field: 'defaultRequest',
    shown: 'defaultRequest',
    words: ['default request value', 'max value'],
  },
  {
    greater: 'defaultRequest',
    less: 'default',
    field: 'defaultRequest',
    shown: 'defaultRequest',
    words: ['default request value', 'default limit value'],
  },
  { greater: 'min', less: 'default', field: 'default', shown: 'min', words: ['min value', 'default value'] },
  { greater: 'default', less: 'max', field: 'default', shown: 'max', words: ['default value', 'max value'] },
];

function validateRatio(item: LimitRangeItem, name: string, path: string): FieldError[] {
  const shown = item.maxLimitRequestRatio?.[name];
  const ratio = tryParseQuantity(shown);
  if (ratio === undefined || shown === undefined) return [];
  const at = `${path}.maxLimitRequestRatio[${name}]`;
  const errors =
    compareQuantities(ratio, parseQuantity('1')) < 0 ? [invalidField(at, shown, `ratio ${shown} is less than 1`)] : [];
  const [min, max] = [tryParseQuantity(item.min?.[name]), tryParseQuantity(item.max?.[name])];
  if (min === undefined || max === undefined || min.nanos === 0n) return errors;
  const most = quantityNumber(max) / quantityNumber(min);
  if (quantityNumber(ratio) <= most) return errors;
  return [...errors, invalidField(at, shown, `ratio ${shown} is greater than max/min = ${most.toFixed(6)}`)];
}

function validateAmounts(item: LimitRangeItem, name: string, path: string): FieldError[] {
  const text = (list: ListName): string => item[list]?.[name] ?? '';
  const amount = (list: ListName): Quantity | undefined => tryParseQuantity(item[list]?.[name]);
  const errors = rules.flatMap(({ greater, less, field, shown, words }) => {
    const [a, b] = [amount(greater), amount(less)];
    if (a === undefined || b === undefined || compareQuantities(a, b) <= 0) return [];
    const message = `${words[0]} ${text(greater)} is greater than ${words[1]} ${text(less)}`;
    return [invalidField(`${path}.${field}[${name}]`, text(shown), message)];
  });
  errors.push(...validateRatio(item, name, path));
  const [limit, request] = [amount('default'), amount('defaultRequest')];
  if (mayOvercommit(name) || limit === undefined || request === undefined || compareQuantities(limit, request) === 0) {
    return errors;
  }
  const [a, b] = [text('default'), text('defaultRequest')];
  const message = `default value ${a} must equal to defaultRequest value ${b} in ${name}`;
  return [...errors, invalidField(`${path}.defaultRequest[${name}]`, b, message)];
}

function validateItem(item: LimitRangeItem, path: string): FieldError[] {
  const names = new Set(lists.flatMap((list) => Object.keys(item[list] ?? {})));
  const isClaim = item.type === 'PersistentVolumeClaim';
  const hasStorage = item.min?.['storage'] !== undefined || item.max?.['storage'] !== undefined;
  const missing = 'either minimum or maximum storage value is required, but neither was provided';
  return [
    ...validateType(item.type, `${path}.type`),
    ...validateNames(item, path),
    ...(isClaim && !hasStorage ? [requiredField(`${path}.limits`, missing)] : []),
    ...[...names].flatMap((name) => validateAmounts(item, name, path)),
  ];
}

export const limitRangeKind = defineKind<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  namespaced: true,
  schema: LimitRange,
  defaults: ({ spec, ...range }) => ({
    ...range,
    spec: { ...spec, ...ifSet('limits', spec.limits, (limits) => limits.map(defaultItem)) },
  }),
  validate: ({ spec: { limits = [] } }) =>
    limits.flatMap((item, index) => {
      const path = `spec.limits[${index}]`;
      const repeated = limits.findIndex(({ type }) => type === item.type) < index;
      return [...(repeated ? [duplicateField(`${path}.type`, item.type)] : []), ...validateItem(item, path)];
    }),
});
