import type { StoredObject } from '../../store/store.ts';
import type { ApiResponse } from '../http/message.ts';
import { isStatus } from '../../api/status-error.ts';
import { encodeAnswer, representationOf } from '../negotiation/encode.ts';
import { listParts } from '../negotiation/represent.ts';
import { deleteObject } from '../registry/delete.ts';
import type { Call } from './call.ts';
import { isDryRun, writeOf } from './call.ts';
import { readDeleteOptions } from './delete.ts';
import { pageOf, textsOf } from './list.ts';

/** So many deletes share a commit. */
const atOnce = 64;

/** DELETE of a collection: every object that the selectors match. Answers with their list. */
export async function handleDeleteCollection(call: Call): Promise<ApiResponse> {
  const { core, kind, request, info } = call;
  const options = await readDeleteOptions(call);
  const base = writeOf(call, { dryRun: isDryRun(call, options.dryRun) });
  const { items, metadata } = await pageOf(call);
  const remove = async ({ object }: StoredObject): Promise<void> => {
    const { name, namespace = '' } = object.metadata;
    try {
      await deleteObject(core, { ...base, name, namespace }, options);
    } catch (error) {
      // Somebody else was faster: what was to go is gone.
      if (!isStatus(error, 'NotFound')) throw error;
    }
  };
  for (let start = 0; start < items.length; start += atOnce) {
    await Promise.all(items.slice(start, start + atOnce).map(remove));
  }
  const { format } = representationOf(request);
  return encodeAnswer(request, info.query, {
    status: 200,
    parts: listParts(kind, { resourceVersion: metadata.resourceVersion }, textsOf(call, items)),
    format,
    warnings: call.warnings,
  });
}
