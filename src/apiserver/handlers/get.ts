import type { ApiResponse } from '../http/message.ts';
import type { Written } from '../registry/core.ts';
import { written } from '../registry/create.ts';
import { currentOf } from '../registry/update.ts';
import { encodeAnswer, representationOf } from '../negotiation/encode.ts';
import { includeObjectOf, partialMetadata, tableOf } from '../negotiation/represent.ts';
import type { Call } from './call.ts';
import { revisionOf } from './call.ts';
import { awaitRevision } from './revision.ts';

/** Answers with one object, as the client wants to see it: whole, as a Table's row, or its metadata alone. */
export async function answerObject(call: Call, status: number, result: Written): Promise<ApiResponse> {
  const { request, info, kind, warnings } = call;
  const representation = representationOf(request);
  const { format } = representation;
  const encode = (value: Buffer): Promise<ApiResponse> =>
    encodeAnswer(request, info.query, { status, parts: [value], format, warnings });
  switch (representation.as) {
    case 'Table': {
      const metadata = { resourceVersion: result.object.metadata.resourceVersion ?? '' };
      const options = { includeObject: includeObjectOf(info.query), metadata };
      return encode(Buffer.from(JSON.stringify(tableOf(kind, [result.object], representation, options))));
    }
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return encode(Buffer.from(JSON.stringify(partialMetadata(result.object, representation))));
    case 'object':
      return encode(result.json ?? Buffer.from(JSON.stringify(result.object)));
  }
}

/** GET of one object. */
export async function handleGet(call: Call): Promise<ApiResponse> {
  const { core, info, kind } = call;
  awaitRevision(core.store, revisionOf(info.query));
  const { name } = info;
  const namespace = kind.namespaced ? info.namespace : '';
  return answerObject(call, 200, await written(core, { kind }, await currentOf(core, { kind, namespace, name })));
}
