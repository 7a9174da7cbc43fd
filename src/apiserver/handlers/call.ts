import type { AnyKind } from '../../api/kind.ts';
import { invalidField, notSupportedField } from '../../api/field-error.ts';
import { invalidObject } from '../../api/status-error.ts';
import type { UserInfo } from '../auth/types.ts';
import type { ApiRequest } from '../http/message.ts';
import { headerOf } from '../http/message.ts';
import { badRequest } from '../http/status.ts';
import type { FieldValidation } from '../negotiation/decode-body.ts';
import type { Core, Write } from '../registry/core.ts';
import { timestamp } from '../registry/core.ts';
import type { RequestInfo } from '../request/request-info.ts';

/** One authorized request for a resource. */
export interface Call {
  readonly core: Core;
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly kind: AnyKind;
  readonly user: UserInfo;
  /** Advice for the client, sent as `Warning` headers. */
  readonly warnings: string[];
}

const maxFieldManager = 128;

/** Who is recorded as the owner of the fields that a write sets: as asked, else the first part of the User-Agent. */
export function fieldManagerOf(call: Call): string {
  const asked = call.info.query.get('fieldManager') ?? '';
  if (asked.length > maxFieldManager)
    throw badRequest(`fieldManager: Too long: may not be more than ${maxFieldManager} bytes`);
  if (asked !== '') return asked;
  const agent = headerOf(call.request, 'user-agent').split('/', 1)[0] ?? '';
  return agent === '' ? 'unknown' : agent.slice(0, maxFieldManager);
}

/** True for `dryRun=All`; any other value is refused. */
export function isDryRun(call: Call, body?: readonly string[]): boolean {
  const values = [...call.info.query.getAll('dryRun'), ...(body ?? [])].filter((value) => value !== '');
  for (const value of values) {
    if (value !== 'All')
      throw invalidObject('meta.k8s.io', 'Options', '', [notSupportedField('dryRun', value, ['All'])]);
  }
  return values.length > 0;
}

/** How strictly the body is read; upstream's default is to warn. */
export function fieldValidationOf(call: Call): FieldValidation {
  const asked = call.info.query.get('fieldValidation') ?? '';
  if (asked === '') return 'Warn';
  if (asked === 'Strict' || asked === 'Warn' || asked === 'Ignore') return asked;
  const error = notSupportedField('fieldValidation', asked, ['Ignore', 'Strict', 'Warn']);
  throw invalidObject('meta.k8s.io', 'Options', '', [error]);
}

/** The write that a call asks for. */
export function writeOf(call: Call, options: { dryRun?: boolean } = {}): Write {
  return {
    kind: call.kind,
    subresource: call.info.subresource,
    namespace: call.kind.namespaced ? call.info.namespace : '',
    name: call.info.name,
    user: call.user,
    now: timestamp(Date.now()),
    dryRun: options.dryRun ?? isDryRun(call),
    fieldManager: fieldManagerOf(call),
    warnings: call.warnings,
  };
}

/** A revision from a query; undefined when it is not given. Throws the 400 for anything that is no number. */
export function revisionOf(query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion') ?? '';
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw badRequest(invalidField('resourceVersion', text, 'must be an unsigned integer').message);
  }
  return Number(text);
}
