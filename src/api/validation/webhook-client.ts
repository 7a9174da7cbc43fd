import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField } from '../field-error.ts';
import { dnsSubdomainComplaints } from './names.ts';
import { rangeComplaint } from './numbers.ts';

const form = '; desired format: https://host[/path]';

/** The faults of the URL at which a webhook is asked. */
export function validateWebhookUrl(text: string, path: string): FieldError[] {
  if (!URL.canParse(text))
    return [requiredField(path, `url must be a valid URL: parse ${JSON.stringify(text)}${form}`)];
  const url = new URL(text);
  const errors: FieldError[] = [];
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== 'https') errors.push(invalidField(path, scheme, `'https' is the only allowed URL scheme${form}`));
  if (url.host === '') errors.push(invalidField(path, '', `host must be specified${form}`));
  const refuse = (part: string, message: string): void => {
    if (part !== '') errors.push(invalidField(path, part, message));
  };
  const user = url.password === '' ? url.username : `${url.username}:${url.password}`;
  refuse(user, 'user information is not permitted in the URL');
  refuse(url.hash.slice(1), 'fragments are not permitted in the URL');
  refuse(url.search.slice(1), 'query parameters are not permitted in the URL');
  return errors;
}

function validatePath(text: string, path: string): FieldError[] {
  if (text === '' || text === '/') return [];
  if (text === '//') return [invalidField(path, text, 'segment[0] may not be empty')];
  const errors = text.startsWith('/') ? [] : [invalidField(path, text, "must start with a '/'")];
  const segments = text.slice(1).replace(/\/$/, '').split('/');
  return [
    ...errors,
    ...segments.flatMap((segment, index) =>
      segment === ''
        ? [invalidField(path, text, `segment[${index}] may not be empty`)]
        : dnsSubdomainComplaints(segment).map((complaint) =>
            invalidField(path, text, `segment[${index}]: ${complaint}`),
          ),
    ),
  ];
}

export interface WebhookService {
  readonly namespace: string;
  readonly name: string;
  readonly path?: string | undefined;
  readonly port?: number | undefined;
}

/** The faults of the Service at which a webhook is asked. */
export function validateWebhookService(
  { namespace, name, path: at, port }: WebhookService,
  path: string,
): FieldError[] {
  const isPort = port === undefined || (port >= 1 && port <= 65535);
  return [
    ...(name === '' ? [requiredField(`${path}.name`, 'service name is required')] : []),
    ...(namespace === '' ? [requiredField(`${path}.namespace`, 'service namespace is required')] : []),
    ...(isPort ? [] : [invalidField(`${path}.port`, port, `port is not valid: ${rangeComplaint(1, 65535)}`)]),
    ...(at === undefined ? [] : validatePath(at, `${path}.path`)),
  ];
}
