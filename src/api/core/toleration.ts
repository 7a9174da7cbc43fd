import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, requiredField } from '../field-error.ts';
import { semanticallyEqual } from '../validation/equality.ts';
import { validateLabelName } from '../validation/labels.ts';
import { labelValueComplaints } from '../validation/names.ts';
import { validateLabelSelector } from '../values/label-selector.ts';
import type { Toleration, TopologySpreadConstraint } from './scheduling.schema.ts';

function validateToleration(toleration: Toleration, path: string): FieldError[] {
  const { key = '', operator = 'Equal', value = '', effect, tolerationSeconds } = toleration;
  const errors = key === '' ? [] : validateLabelName(key, `${path}.key`);
  if (key === '' && operator !== 'Exists') {
    const message = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalidField(`${path}.operator`, toleration.operator ?? '', message));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const message = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(invalidField(`${path}.effect`, effect ?? '', message));
  }
  if (operator === 'Exists') {
    if (value !== '') {
      errors.push(invalidField(`${path}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
    }
  } else errors.push(...labelValueComplaints(value).map((text) => invalidField(`${path}.operator`, value, text)));
  return errors;
}

/** The faults of the taints that a pod puts up with. */
export function validateTolerations(tolerations: readonly Toleration[] | undefined, path: string): FieldError[] {
  return (tolerations ?? []).flatMap((toleration, index) => validateToleration(toleration, `${path}[${index}]`));
}

/** Refuses changed or removed tolerations; more may be added, and a time to live may be lowered or set. */
export function validateTolerationsOnlyAdded(
  tolerations: readonly Toleration[] | undefined,
  old: readonly Toleration[] | undefined,
  path: string,
): FieldError[] {
  const withoutSeconds = ({ tolerationSeconds: _seconds, ...rest }: Toleration): object => rest;
  const kept = (old ?? []).every((before) =>
    (tolerations ?? []).some((after) => semanticallyEqual(withoutSeconds(before), withoutSeconds(after))),
  );
  if (kept) return validateTolerations(tolerations, path);
  return [
    {
      type: 'FieldValueForbidden',
      field: path,
      message: 'Forbidden: existing toleration can not be modified except its tolerationSeconds',
    },
  ];
}

/** The faults of how a pod wants its likes to be spread. */
export function validateSpreadConstraints(
  constraints: readonly TopologySpreadConstraint[] | undefined,
  path: string,
): FieldError[] {
  const all = constraints ?? [];
  const pairs = all.map((item) => `{${item.topologyKey}, ${item.whenUnsatisfiable}}`);
  return all.flatMap((constraint, index) => {
    const at = `${path}[${index}]`;
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains, labelSelector } = constraint;
    const errors = validateLabelSelector(labelSelector, `${at}.labelSelector`);
    if (maxSkew <= 0) errors.push(invalidField(`${at}.maxSkew`, maxSkew, 'must be greater than zero'));
    if (topologyKey === '') errors.push(requiredField(`${at}.topologyKey`, 'can not be empty'));
    else errors.push(...validateLabelName(topologyKey, `${at}.topologyKey`));
    if (pairs.indexOf(pairs[index] ?? '') < index) {
      errors.push(duplicateField(`${at}.{topologyKey, whenUnsatisfiable}`, pairs[index]));
    }
    if (minDomains !== undefined && minDomains <= 0) {
      errors.push(invalidField(`${at}.minDomains`, minDomains, 'must be greater than zero'));
    } else if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
      const message = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
      errors.push(invalidField(`${at}.minDomains`, minDomains, message));
    }
    return errors;
  });
}
