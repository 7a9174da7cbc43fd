import { validateNodeSelector } from '../core/affinity.ts';
import type { NodeSelector } from '../core/scheduling.schema.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField, invalidFields, requiredField } from '../field-error.ts';
import { dnsSubdomainComplaints } from '../validation/names.ts';

interface Placed {
  readonly nodeName?: string | undefined;
  readonly nodeSelector?: NodeSelector | undefined;
  readonly allNodes?: boolean | undefined;
  readonly perDeviceNodeSelection?: boolean | undefined;
}

/** The faults of how it is said from which nodes devices can be used: in exactly one way. */
export function validateNodeChoice(
  placed: Placed,
  path: string,
  words: { readonly emptyName: string; readonly one: string },
): FieldError[] {
  const { nodeName, nodeSelector, allNodes, perDeviceNodeSelection } = placed;
  const flag = (name: string, value: boolean | undefined): FieldError[] =>
    value === false ? [invalidField(`${path}.${name}`, false, 'must be either unset or set to true')] : [];
  const chosen = [
    ...(nodeName === undefined || nodeName === '' ? [] : ['`nodeName`']),
    ...(nodeSelector === undefined ? [] : ['`nodeSelector`']),
    ...(allNodes === true ? ['`allNodes`'] : []),
    ...(perDeviceNodeSelection === true ? ['`perDeviceNodeSelection`'] : []),
  ];
  const errors = [
    ...(nodeName === '' ? [invalidField(`${path}.nodeName`, nodeName, words.emptyName)] : []),
    ...(nodeName === undefined || nodeName === ''
      ? []
      : invalidFields(`${path}.nodeName`, nodeName, dnsSubdomainComplaints(nodeName))),
    ...(nodeSelector === undefined ? [] : validateNodeSelector(nodeSelector, `${path}.nodeSelector`)),
    ...flag('allNodes', allNodes),
    ...flag('perDeviceNodeSelection', perDeviceNodeSelection),
  ];
  if (chosen.length === 0) return [...errors, requiredField(path, words.one)];
  if (chosen.length === 1) return errors;
  return [...errors, invalidField(path, `{${chosen.join(', ')}}`, words.one)];
}
