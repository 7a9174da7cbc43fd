import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import { numberOrPercentValue, validateNotMoreThan100Percent, validateNumberOrPercent } from '../validation/numbers.ts';

interface RollingUpdate {
  readonly maxUnavailable?: number | string | undefined;
  readonly maxSurge?: number | string | undefined;
}

/** The faults of how many pods may be missing or too many during an update; both 0 would never get on. */
export function validateRollingUpdate(update: RollingUpdate, path: string): FieldError[] {
  const { maxUnavailable = 0, maxSurge = 0 } = update;
  const errors = [
    ...validateNumberOrPercent(maxUnavailable, `${path}.maxUnavailable`),
    ...validateNumberOrPercent(maxSurge, `${path}.maxSurge`),
    ...validateNotMoreThan100Percent(maxUnavailable, `${path}.maxUnavailable`),
  ];
  if (numberOrPercentValue(maxUnavailable) === 0 && numberOrPercentValue(maxSurge) === 0) {
    errors.push(invalidField(`${path}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  return errors;
}
