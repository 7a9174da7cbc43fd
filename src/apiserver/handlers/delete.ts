import { DeleteOptions } from '../../api/meta/meta.schema.ts';
import { invalidField, notSupportedField } from '../../api/field-error.ts';
import { invalidObject } from '../../api/status-error.ts';
import type { ApiResponse } from '../http/message.ts';
import { headerOf } from '../http/message.ts';
import { decodeBody } from '../negotiation/decode-body.ts';
import { encodeAnswer, representationOf } from '../negotiation/encode.ts';
import type { Deleted } from '../registry/delete.ts';
import { deleteObject } from '../registry/delete.ts';
import type { Call } from './call.ts';
import { fieldValidationOf, isDryRun, writeOf } from './call.ts';
import { answerObject } from './get.ts';

const policies = ['Background', 'Foreground', 'Orphan'];

function fromQuery(query: URLSearchParams): DeleteOptions {
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  const orphan = query.get('orphanDependents');
  return {
    ...(grace !== null && /^-?\d{1,15}$/.test(grace) ? { gracePeriodSeconds: Number(grace) } : {}),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    ...(orphan === null ? {} : { orphanDependents: orphan === 'true' || orphan === '1' }),
  };
}

function checkOptions(options: DeleteOptions): void {
  const { propagationPolicy, orphanDependents } = options;
  const errors = [
    ...(propagationPolicy !== undefined && !policies.includes(propagationPolicy)
      ? [notSupportedField('propagationPolicy', propagationPolicy, policies)]
      : []),
    ...(propagationPolicy !== undefined && orphanDependents !== undefined
      ? [
          invalidField(
            'propagationPolicy',
            propagationPolicy,
            'orphanDependents and deletionPropagation cannot be both set',
          ),
        ]
      : []),
  ];
  if (errors.length > 0) throw invalidObject('meta.k8s.io', 'DeleteOptions', '', errors);
}

/** The wishes that come with a delete, in its body or else in its query. */
export async function readDeleteOptions(call: Call): Promise<DeleteOptions> {
  const body = await call.request.readBody();
  if (body.length === 0) {
    const options = fromQuery(call.info.query);
    checkOptions(options);
    return options;
  }
  const expected = { schema: DeleteOptions, kind: 'DeleteOptions', fieldValidation: fieldValidationOf(call) };
  const {
    apiVersion: _apiVersion,
    kind: _kind,
    ...options
  } = await decodeBody(body, headerOf(call.request, 'content-type'), expected, []);
  checkOptions(options);
  return options;
}

/** The answer to a delete: the object while it still exists, else a Status that names what is gone. */
export async function answerDeleted(call: Call, deleted: Deleted): Promise<ApiResponse> {
  const { kind, info, request } = call;
  if (!deleted.gone) return answerObject(call, 200, deleted.left);
  const { name, uid } = deleted.left.object.metadata;
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural, uid },
  };
  const { format } = representationOf(request);
  return encodeAnswer(request, info.query, {
    status: 200,
    parts: [Buffer.from(`${JSON.stringify(status)}\n`)],
    format,
    warnings: call.warnings,
  });
}

/** DELETE of one object. */
export async function handleDelete(call: Call): Promise<ApiResponse> {
  const options = await readDeleteOptions(call);
  const write = writeOf(call, { dryRun: isDryRun(call, options.dryRun) });
  return answerDeleted(call, await deleteObject(call.core, write, options));
}
