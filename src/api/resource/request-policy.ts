import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, requiredField } from '../field-error.ts';
import type { Quantity } from '../values/quantity.ts';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  quantityValue,
  tryParseQuantity,
} from '../values/quantity.ts';
import type { CapacityRequestPolicy, DeviceCapacity } from './device.schema.ts';
import { validateItems } from './items.ts';

const maxOptions = 10;
const more = (a: Quantity, b: Quantity): boolean => compareQuantities(a, b) > 0;

interface Amounts {
  /** What is taken where a request says nothing. */
  readonly usual: Quantity;
  /** All that there is. */
  readonly whole: Quantity;
}

function validateOptions(options: readonly string[], { usual, whole }: Amounts, path: string): FieldError[] {
  const amounts = options.map(tryParseQuantity);
  const unsorted = options.flatMap((option, index) => {
    const [before, amount] = [amounts[index - 1], amounts[index]];
    if (before === undefined || amount === undefined || !more(before, amount)) return [];
    return [invalidField(`${path}[${index}]`, option, 'values must be sorted in ascending order')];
  });
  const each = (option: string, at: string): FieldError[] => {
    const amount = tryParseQuantity(option);
    if (amount === undefined || !more(amount, whole)) return [];
    return [invalidField(at, option, `option is larger than capacity value: ${formatQuantity(whole)}`)];
  };
  const key = (option: string): string => {
    const amount = tryParseQuantity(option);
    return amount === undefined ? option : String(quantityValue(amount));
  };
  const isOffered = amounts.some((amount) => amount !== undefined && compareQuantities(amount, usual) === 0);
  const detail = 'default value is not valid according to the requestPolicy';
  return [
    ...unsorted,
    ...validateItems(options, path, { most: maxOptions, each, key }),
    ...(isOffered ? [] : [invalidField(path, formatQuantity(usual), detail)]),
  ];
}

interface Range {
  readonly min: Quantity;
  readonly max: Quantity | undefined;
  readonly step: Quantity | undefined;
}

function validateBounds({ min, max }: Range, { usual, whole }: Amounts, path: string): FieldError[] {
  const text = formatQuantity;
  const refuse = (name: string, value: Quantity, detail: string, than: Quantity): FieldError =>
    invalidField(`${path}.${name}`, text(value), `${detail}: ${text(than)}`);
  return [
    ...(more(min, whole) ? [refuse('min', min, 'min is larger than capacity value', whole)] : []),
    ...(more(min, usual) ? [refuse('min', usual, 'default is less than min', min)] : []),
    ...(max !== undefined && more(min, max) ? [refuse('max', min, 'min is larger than max', max)] : []),
    ...(max !== undefined && more(max, whole) ? [refuse('max', max, 'max is larger than capacity value', whole)] : []),
    ...(max !== undefined && more(usual, max) ? [refuse('max', usual, 'default is more than max', max)] : []),
  ];
}

function validateStep({ min, max, step }: Range, { usual, whole }: Amounts, path: string): FieldError[] {
  if (step === undefined) return [];
  const text = formatQuantity;
  const size = quantityValue(step);
  if (size <= 0n) return [invalidField(path, text(step), 'must be greater than zero')];
  const first = addQuantities(min, step);
  const tooFar = `one step ${text(first)} is larger than capacity value: ${text(whole)}`;
  const isOff = (value: Quantity): boolean => (quantityValue(value) - quantityValue(min)) % size !== 0n;
  const off = `value is not a multiple of a given step (${text(step)}) from (${text(min)})`;
  return [
    ...(more(first, whole) ? [invalidField(path, text(step), tooFar)] : []),
    ...[usual, ...(max === undefined ? [] : [max])].flatMap((value) =>
      isOff(value) ? [invalidField(path, text(value), off)] : [],
    ),
  ];
}

/** The faults of how a capacity of `whole` may be divided among requests. */
function validatePolicy(policy: CapacityRequestPolicy, whole: Quantity, path: string): FieldError[] {
  const { validValues = [], validRange } = policy;
  if (validValues.length > 0 && validRange !== undefined) {
    const detail =
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [forbiddenField(path, detail)];
  }
  const rule = validValues.length > 0 ? 'validValues' : 'validRange';
  if (validValues.length === 0 && validRange === undefined) return [];
  const usual = tryParseQuantity(policy.default);
  if (usual === undefined) return [requiredField(`${path}.default`, `required when ${rule} is defined`)];
  if (validRange === undefined) return validateOptions(validValues, { usual, whole }, `${path}.validValues`);
  const min = tryParseQuantity(validRange.min);
  const at = `${path}.validRange`;
  if (min === undefined) return [requiredField(`${at}.min`, 'required when validRange is defined')];
  const range = { min, max: tryParseQuantity(validRange.max), step: tryParseQuantity(validRange.step) };
  return [...validateBounds(range, { usual, whole }, at), ...validateStep(range, { usual, whole }, `${at}.step`)];
}

/** The faults of a device's capacity; only one that serves several at once has a policy for requests. */
export function validateCapacity(capacity: DeviceCapacity, path: string, isShared: boolean): FieldError[] {
  const { value, requestPolicy } = capacity;
  if (requestPolicy === undefined) return [];
  const at = `${path}.requestPolicy`;
  if (!isShared) return [forbiddenField(at, 'allowMultipleAllocations must be true')];
  const whole = tryParseQuantity(value);
  return whole === undefined ? [] : validatePolicy(requestPolicy, whole, at);
}
