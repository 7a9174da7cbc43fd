import type { TopologySelectorTerm } from '../core/topology.schema.ts';
import type { FieldError } from '../field-error.ts';
import { duplicateField, requiredField } from '../field-error.ts';
import { semanticallyEqual } from '../validation/equality.ts';
import { validateLabelName } from '../validation/labels.ts';

/** The labels that a term asks for, each with its values in order. */
const shape = ({ matchLabelExpressions = [] }: TopologySelectorTerm): unknown =>
  Object.fromEntries(matchLabelExpressions.map(({ key, values }) => [key, values.toSorted()]));

function validateTerm({ matchLabelExpressions = [] }: TopologySelectorTerm, path: string): FieldError[] {
  const keys = matchLabelExpressions.map(({ key }) => key);
  return matchLabelExpressions.flatMap(({ key, values }, index) => {
    const at = `${path}.matchLabelExpressions[${index}]`;
    return [
      ...(values.length === 0 ? [requiredField(`${at}.values`)] : []),
      ...values.flatMap((value, position) =>
        values.indexOf(value) < position ? [duplicateField(`${at}.values[${position}]`, value)] : [],
      ),
      ...validateLabelName(key, `${at}.key`),
      ...(keys.indexOf(key) < index ? [duplicateField(`${at}.key`, key)] : []),
    ];
  });
}

/** The faults of the places at which volumes of a class may be. */
export function validateTopologies(terms: readonly TopologySelectorTerm[], path: string): FieldError[] {
  const shapes = terms.map(shape);
  return terms.flatMap((term, index) => {
    const repeated = shapes.slice(0, index).some((before) => semanticallyEqual(before, shapes[index]));
    const at = `${path}[${index}]`;
    return [...validateTerm(term, at), ...(repeated ? [duplicateField(`${at}.matchLabelExpressions`, '')] : [])];
  });
}
