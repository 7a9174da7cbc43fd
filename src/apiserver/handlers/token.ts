import { TokenRequest } from '../../api/authentication/token-request.schema.ts';
import { serviceAccounts } from '../../api/resources.ts';
import type { TokenIssuer } from '../options.ts';
import type { ApiResponse } from '../http/message.ts';
import { encodeAnswer, plainFormatOf } from '../negotiation/encode.ts';
import type { Call } from './call.ts';
import { readOther } from './read-body-of.ts';

/** POST of a TokenRequest to `serviceaccounts/X/token`. */
export async function handleToken(call: Call, issue: TokenIssuer): Promise<ApiResponse> {
  const { core, info, user, request, warnings } = call;
  const kind = { schema: TokenRequest, apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
  const body = await readOther(call, kind);
  const account = await core.read(serviceAccounts, { name: info.name, namespace: info.namespace });
  const context = { user, namespace: info.namespace, read: core.read };
  const answer = await issue(account, body, context);
  const format = plainFormatOf(request);
  return encodeAnswer(request, info.query, {
    status: 201,
    parts: [Buffer.from(JSON.stringify(answer))],
    format,
    warnings,
  });
}
