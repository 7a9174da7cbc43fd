import type { StatusReason } from '../../../api/status-error.ts';
import { StatusError } from '../../../api/status-error.ts';
import { isJsonObject } from '../../../machinery/json.ts';

/** What a webhook said. */
export interface WebhookAnswer {
  readonly allowed: boolean;
  readonly warnings: readonly string[];
  /** Operations of a JSON patch; undefined where the object stays as it is. */
  readonly patch: unknown;
  readonly result: Readonly<Record<string, unknown>> | undefined;
  readonly auditAnnotations: Readonly<Record<string, unknown>>;
}

const reviewVersions = ['v1', 'v1beta1'];

/** Which of the versions that a webhook knows it is asked in. */
export const reviewVersion = (known: readonly string[]): string =>
  known.find((version) => reviewVersions.includes(version)) ?? 'v1';

const quoted = (value: unknown): string => JSON.stringify(typeof value === 'string' ? value : (value ?? ''));

interface Asked {
  readonly uid: string;
  readonly version: string;
  readonly mutating: boolean;
}

function readPatch(response: Readonly<Record<string, unknown>>, { mutating, version }: Asked): unknown {
  const { patch, patchType } = response;
  const hasPatch = typeof patch === 'string' && patch !== '';
  const hasType = patchType !== undefined && patchType !== null;
  if (!mutating && (hasPatch || hasType)) {
    throw new Error(`validating webhook may not return response.${hasPatch ? 'patch' : 'patchType'}`);
  }
  if (hasPatch && !hasType && version !== 'v1beta1') {
    throw new Error('webhook returned response.patch but not response.patchType');
  }
  if (!hasPatch && hasType) throw new Error('webhook returned response.patchType but not response.patch');
  if (!hasPatch) return undefined;
  if (hasType && patchType !== 'JSONPatch') {
    throw new Error(`webhook returned invalid response.patchType of ${quoted(patchType)}`);
  }
  return JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as unknown;
}

/** What an AdmissionReview says; throws an error that says what is wrong with it, in upstream's words. */
export function readReview(review: object, asked: Asked): WebhookAnswer {
  const { apiVersion, kind, response } = review as Readonly<Record<string, unknown>>;
  const expected = `admission.k8s.io/${asked.version}`;
  if (apiVersion !== expected || kind !== 'AdmissionReview') {
    const got = `${typeof apiVersion === 'string' ? apiVersion : ''}, Kind=${typeof kind === 'string' ? kind : ''}`;
    throw new Error(`expected webhook response of ${expected}, Kind=AdmissionReview, got ${got}`);
  }
  if (!isJsonObject(response)) throw new Error('webhook response was absent');
  const { uid, allowed, status, warnings, auditAnnotations } = response;
  if (uid !== asked.uid) throw new Error(`expected response.uid=${quoted(asked.uid)}, got ${quoted(uid)}`);
  return {
    allowed: allowed === true,
    warnings: Array.isArray(warnings) ? warnings.filter((warning) => typeof warning === 'string') : [],
    patch: readPatch(response, asked),
    result: isJsonObject(status) ? status : undefined,
    auditAnnotations: isJsonObject(auditAnnotations) ? auditAnnotations : {},
  };
}

/** A webhook's refusal as the client gets it. */
export function refusalOf(webhook: string, result: Readonly<Record<string, unknown>> = {}): StatusError {
  const { code, message, reason, details } = result;
  const denied = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const why = [message, reason].find((text) => typeof text === 'string' && text !== '');
  const text = typeof why === 'string' ? `${denied}: ${why}` : `${denied} without explanation`;
  // The reason is the webhook's own, whatever it is.
  const named = typeof reason === 'string' && reason !== '' ? (reason as StatusReason) : 'Unknown';
  return new StatusError(named, text, isJsonObject(details) ? details : undefined, {
    code: typeof code === 'number' && code >= 400 ? code : 400,
  });
}
