import type { FieldError } from '../../api/field-error.ts';
import { forbiddenField, invalidField } from '../../api/field-error.ts';
import { invalidObject, StatusError } from '../../api/status-error.ts';
import { flag } from './query.ts';

/** What `pods/X/log` was asked for, checked. */
export interface PodLogQuery {
  readonly container: string;
  /** The parameters for the kubelet's `/containerLogs`. */
  readonly parameters: URLSearchParams;
  readonly insecure: boolean;
}

const numbers = ['sinceSeconds', 'tailLines', 'limitBytes'] as const;
const flags = ['follow', 'previous', 'timestamps'] as const;
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^[+-]?\d+$/.test(text)) {
    throw new StatusError('BadRequest', `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

function checkNumbers(values: Readonly<Record<string, number | undefined>>, hasSinceTime: boolean): FieldError[] {
  const { sinceSeconds, tailLines, limitBytes } = values;
  const errors: FieldError[] = [];
  if (tailLines !== undefined && tailLines < 0) {
    errors.push(invalidField('tailLines', tailLines, 'must be greater than or equal to 0'));
  }
  if (limitBytes !== undefined && limitBytes < 1)
    errors.push(invalidField('limitBytes', limitBytes, 'must be greater than 0'));
  if (sinceSeconds !== undefined && hasSinceTime) {
    errors.push(forbiddenField('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  } else if (sinceSeconds !== undefined && sinceSeconds < 1) {
    errors.push(invalidField('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  }
  return errors;
}

/** Reads and checks a log request's query, as upstream's PodLogOptions; throws StatusError `BadRequest` or `Invalid`. */
export function podLogQuery(query: URLSearchParams, podName: string): PodLogQuery {
  const values = Object.fromEntries(numbers.map((name) => [name, integer(query, name)]));
  const sinceTime = query.get('sinceTime') ?? '';
  if (sinceTime !== '' && (!rfc3339.test(sinceTime) || Number.isNaN(Date.parse(sinceTime)))) {
    throw new StatusError(
      'BadRequest',
      `parsing time ${JSON.stringify(sinceTime)} as "2006-01-02T15:04:05Z07:00": cannot parse it`,
    );
  }
  const errors = checkNumbers(values, sinceTime !== '');
  if (errors.length > 0) throw invalidObject('', 'PodLogOptions', podName, errors);
  const parameters = new URLSearchParams();
  for (const name of flags) if (flag(query, name)) parameters.set(name, 'true');
  for (const name of numbers) if (values[name] !== undefined) parameters.set(name, String(values[name]));
  if (sinceTime !== '') parameters.set('sinceTime', sinceTime);
  return { container: query.get('container') ?? '', parameters, insecure: flag(query, 'insecureSkipTLSVerifyBackend') };
}
