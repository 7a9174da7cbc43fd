import { invalidObject } from '../../api/status-error.ts';
import type { ReviewHandler } from '../options.ts';
import type { ApiResponse } from '../http/message.ts';
import { encodeAnswer, plainFormatOf } from '../negotiation/encode.ts';
import { withDefaults } from '../registry/strategy.ts';
import type { Call } from './call.ts';
import { readObject } from './create.ts';

/** POST of an object that is answered and never stored. */
export async function handleReview(call: Call, review: ReviewHandler): Promise<ApiResponse> {
  const { core, info, user, kind, request, warnings } = call;
  const object = withDefaults(kind, await readObject(call));
  const errors = kind.validate?.(object) ?? [];
  if (errors.length > 0) throw invalidObject(kind.group, kind.kind, object.metadata.name ?? '', errors);
  const context = { user, namespace: kind.namespaced ? info.namespace : '', read: core.read };
  const answer = await review(object, context);
  const format = plainFormatOf(request);
  return encodeAnswer(request, info.query, {
    status: 201,
    parts: [Buffer.from(JSON.stringify(answer))],
    format,
    warnings,
  });
}
