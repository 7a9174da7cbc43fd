import type { Environment } from '@marcbachmann/cel-js';
import type { ValidationRule } from '../../api/apiextensions/json-schema-props.schema.ts';
import type { FieldError } from '../../api/field-error.ts';
import { forbiddenField, invalidField, notSupportedField, requiredField } from '../../api/field-error.ts';
import type { Structural } from '../structural/walk.ts';
import { childOf } from '../structural/walk.ts';
import type { Expression } from './engine.ts';
import { CelCompileError, compileExpression } from './engine.ts';

/** A rule that can be run. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly test: Expression;
  readonly message: Expression | undefined;
  /** What the faults' field is, below the value that the rule is about. */
  readonly fieldPath: string;
  /** Compares with what was there before. */
  readonly isTransition: boolean;
}

const reasons = ['FieldValueRequired', 'FieldValueInvalid', 'FieldValueForbidden', 'FieldValueDuplicate'];
const maxMessage = 2048;

/** Where a rule stands in its definition, and what it is about. */
export interface RulePlace {
  readonly path: string;
  readonly schema: Structural;
  readonly environment: Environment;
  /** Of an item of a list whose items cannot be told apart, nobody knows what it was before. */
  readonly uncorrelatable: string | undefined;
}

function checkTexts(rule: ValidationRule, path: string): FieldError[] {
  const { message, messageExpression, reason } = rule;
  const errors: FieldError[] = [];
  if (rule.rule.trim() === '') errors.push(requiredField(`${path}.rule`, 'rule is not specified'));
  if (message !== undefined && message.trim() === '') {
    errors.push(invalidField(`${path}.message`, message, 'message must be non-empty if specified'));
  }
  if (message?.includes('\n') === true) {
    errors.push(invalidField(`${path}.message`, message, 'message must not contain line breaks'));
  }
  if ((message?.length ?? 0) > maxMessage) {
    errors.push(invalidField(`${path}.message`, '', `message must have a maximum length of ${maxMessage} characters`));
  }
  if (rule.rule.includes('\n') && message === undefined && messageExpression === undefined) {
    errors.push(requiredField(`${path}.message`, 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression !== undefined && messageExpression.trim() === '') {
    errors.push(requiredField(`${path}.messageExpression`, 'messageExpression must be non-empty if specified'));
  }
  if (reason !== undefined && !reasons.includes(reason)) {
    errors.push(notSupportedField(`${path}.reason`, reason, reasons));
  }
  return errors;
}

/** `.spec.ports['x.y']` as names; undefined for anything else. */
function namesIn(fieldPath: string): readonly string[] | undefined {
  const names: string[] = [];
  let rest = fieldPath;
  while (rest !== '') {
    const match = /^(?:\.([A-Za-z_]\w*)|\['((?:[^'\\]|\\.)+)'\])/.exec(rest);
    if (match === null) return undefined;
    names.push(match[1] ?? (match[2] ?? '').replaceAll(/\\(.)/g, '$1'));
    rest = rest.slice(match[0].length);
  }
  return names;
}

function checkFieldPath({ fieldPath }: ValidationRule, path: string, schema: Structural): FieldError[] {
  if (fieldPath === undefined) return [];
  const at = `${path}.fieldPath`;
  if (fieldPath.trim() === '') return [invalidField(at, fieldPath, 'fieldPath must be non-empty if specified')];
  const names = namesIn(fieldPath);
  let found: Structural | undefined = schema;
  for (const name of names ?? []) found = found === undefined ? undefined : childOf(found, name);
  if (names !== undefined && found !== undefined) return [];
  return [invalidField(at, fieldPath, 'fieldPath must be a valid path')];
}

function compile(environment: Environment, text: string, type: string, at: string): Expression | FieldError {
  try {
    return compileExpression(environment, text, [type]);
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    const isType = error.message.startsWith('cel expression');
    return invalidField(at, text, isType ? error.message : `compilation failed: ${error.message}`);
  }
}

const isFault = (value: Expression | FieldError | undefined): value is FieldError =>
  value !== undefined && 'field' in value;

/** A rule ready to run, or what keeps it from that. */
export function compileRule(rule: ValidationRule, place: RulePlace): CompiledRule | readonly FieldError[] {
  const { path, schema, environment, uncorrelatable } = place;
  const errors = [...checkTexts(rule, path), ...checkFieldPath(rule, path, schema)];
  if (errors.length > 0) return errors;
  const test = compile(environment, rule.rule, 'bool', `${path}.rule`);
  const { messageExpression } = rule;
  const message =
    messageExpression === undefined
      ? undefined
      : compile(environment, messageExpression, 'string', `${path}.messageExpression`);
  if (isFault(test)) return isFault(message) ? [test, message] : [test];
  if (isFault(message)) return [message];
  const isTransition = test.variables.has('oldSelf');
  if (isTransition && uncorrelatable !== undefined) {
    const text = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
    return [invalidField(`${path}.rule`, rule.rule, text)];
  }
  if (rule.optionalOldSelf === true && !isTransition) {
    return [forbiddenField(`${path}.optionalOldSelf`, 'may not be set if oldSelf is not used in rule')];
  }
  const fieldPath = (namesIn(rule.fieldPath ?? '') ?? []).map((name) => `.${name}`).join('');
  return { rule, test, message, fieldPath, isTransition };
}
