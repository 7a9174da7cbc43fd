import type { FieldError } from '../field-error.ts';
import {
  duplicateField,
  forbiddenField,
  invalidField,
  invalidFields,
  notSupportedField,
  requiredField,
  tooManyField,
} from '../field-error.ts';
import {
  dns1035LabelComplaints,
  dnsSubdomainComplaints,
  pathSegmentComplaints,
  qualifiedNameComplaints,
} from '../validation/names.ts';
import { validateLabelSelector } from '../values/label-selector.ts';
import type { MatchCondition, ParamKind, ParamRef, Variable } from './shared.schema.ts';

const maxConditions = 64;
const reserved =
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  );
const notFoundActions = ['Deny', 'Allow'];

/** The faults of the conditions on which something is done at all. What an expression says is judged where it runs. */
export function validateMatchConditions(conditions: readonly MatchCondition[] = [], path: string): FieldError[] {
  const names = conditions.map(({ name }) => name);
  return [
    ...(conditions.length > maxConditions ? [tooManyField(path, conditions.length, maxConditions)] : []),
    ...conditions.flatMap(({ name, expression }, index) => {
      const at = `${path}[${index}]`;
      return [
        ...(expression.trim() === '' ? [requiredField(`${at}.expression`)] : []),
        ...(name === ''
          ? [requiredField(`${at}.name`)]
          : invalidFields(`${at}.name`, name, qualifiedNameComplaints(name))),
        ...(name !== '' && names.indexOf(name) < index ? [duplicateField(`${at}.name`, name)] : []),
      ];
    }),
  ];
}

/** The faults of the names under which expressions know the values of others. */
export function validateVariables(variables: readonly Variable[] = [], path: string): FieldError[] {
  return variables.flatMap(({ name, expression }, index) => {
    const at = `${path}[${index}]`;
    const isIdentifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !reserved.includes(name);
    return [
      ...(name.trim() === ''
        ? [requiredField(`${at}.name`, 'name is not specified')]
        : isIdentifier
          ? []
          : [invalidField(`${at}.name`, name, 'name is not a valid CEL identifier')]),
      ...(expression.trim() === '' ? [requiredField(`${at}.expression`, 'expression is not specified')] : []),
    ];
  });
}

function validateApiVersion(apiVersion: string, path: string): FieldError[] {
  if (apiVersion === '') return [requiredField(path)];
  const parts = apiVersion.split('/');
  if (parts.length > 2) return [invalidField(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const [version = '', group = ''] = parts.toReversed();
  const groupComplaints = group === '' ? [] : dnsSubdomainComplaints(group);
  const versionComplaints = dns1035LabelComplaints(version);
  return [
    ...(groupComplaints.length === 0 ? [] : [invalidField(path, group, groupComplaints.join(','))]),
    ...(version === ''
      ? [invalidField(path, apiVersion, 'version must be specified')]
      : versionComplaints.length === 0
        ? []
        : [invalidField(path, version, versionComplaints.join(','))]),
  ];
}

/** The faults of the kind of objects that hold a policy's parameters. */
export function validateParamKind(paramKind: ParamKind | undefined, path: string): FieldError[] {
  if (paramKind === undefined) return [];
  const { apiVersion = '', kind = '' } = paramKind;
  const complaints = dns1035LabelComplaints(kind.toLowerCase());
  const mixedCase = `may have mixed case, but should otherwise match: ${complaints.join(',')}`;
  return [
    ...validateApiVersion(apiVersion, `${path}.apiVersion`),
    ...(kind === ''
      ? [requiredField(`${path}.kind`)]
      : complaints.length === 0
        ? []
        : [invalidField(`${path}.kind`, kind, mixedCase)]),
  ];
}

/** The faults of a reference to the objects that hold a policy's parameters. */
export function validateParamRef(ref: ParamRef | undefined, path: string): FieldError[] {
  if (ref === undefined) return [];
  const { name = '', selector, parameterNotFoundAction: action = '' } = ref;
  const exclusive = 'name and selector are mutually exclusive';
  const both = name !== '' && selector !== undefined;
  return [
    ...(name === '' ? [] : invalidFields(`${path}.name`, name, pathSegmentComplaints(name))),
    ...(both ? [forbiddenField(`${path}.name`, exclusive)] : []),
    ...validateLabelSelector(selector, `${path}.selector`),
    ...(both ? [forbiddenField(`${path}.selector`, exclusive)] : []),
    ...(name === '' && selector === undefined
      ? [requiredField(path, 'one of name or selector must be specified')]
      : []),
    ...(action === ''
      ? [requiredField(`${path}.parameterNotFoundAction`)]
      : notFoundActions.includes(action)
        ? []
        : [notSupportedField(`${path}.parameterNotFoundAction`, action, notFoundActions)]),
  ];
}

/** `example.com/v1/Thing`, or `<unset>`. */
export const paramKindCell = (paramKind: ParamKind | undefined): string =>
  paramKind === undefined ? '<unset>' : `${paramKind.apiVersion ?? ''}/${paramKind.kind ?? ''}`;

/** `namespace/name` of a binding's parameters, or `<unset>`. */
export function paramRefCell(ref: ParamRef | undefined): string {
  if (ref === undefined) return '<unset>';
  const { namespace = '', name = '' } = ref;
  return namespace === '' ? name : `${namespace}/${name}`;
}
