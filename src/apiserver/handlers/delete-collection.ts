import type { ApiResponse } from '../http/message.ts';
import { isStatus } from '../../api/status-error.ts';
import { encodeAnswer, representationOf } from '../negotiation/encode.ts';
import { listParts } from '../negotiation/represent.ts';
import { deleteObject } from '../registry/delete.ts';
import type { Call } from './call.ts';
import { isDryRun, writeOf } from './call.ts';
import { readDeleteOptions } from './delete.ts';
import { pageOf } from './list.ts';

/** DELETE of a collection: every object that the selectors match, one after the other. Answers with their list. */
export async function handleDeleteCollection(call: Call): Promise<ApiResponse> {
  const { core, kind, request, info } = call;
  const options = await readDeleteOptions(call);
  const base = writeOf(call, { dryRun: isDryRun(call, options.dryRun) });
  const { items, metadata } = await pageOf(call);
  for (const item of items) {
    const { name, namespace = '' } = item.object.metadata;
    try {
      await deleteObject(core, { ...base, name, namespace }, options);
    } catch (error) {
      // Somebody else was faster: what was to go is gone.
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }
  const { format } = representationOf(request);
  return encodeAnswer(request, info.query, {
    status: 200,
    parts: listParts(
      kind,
      { resourceVersion: metadata.resourceVersion },
      items.map((item) => item.json),
    ),
    format,
    warnings: call.warnings,
  });
}
