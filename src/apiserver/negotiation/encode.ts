import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { StatusError } from '../../api/status-error.ts';
import type { ApiRequest, ApiResponse } from '../http/message.ts';
import { headerOf } from '../http/message.ts';
import type { Format, Representation } from './accept.ts';
import { choosePlainFormat, chooseRepresentation } from './accept.ts';

const compress = promisify(gzip);
/** Smaller answers are not worth the time, as upstream has it. */
const compressFrom = 128 * 1024;
/** Programs through which people look: they get indented text without asking. */
const peoplesAgents = /^(curl|Wget|Mozilla)\//;

/** How the answer is to look; throws the 406 when nothing the client accepts can be served. */
export function representationOf(request: ApiRequest): Representation {
  return acceptable(chooseRepresentation(headerOf(request, 'accept')));
}

/** The format of an answer that has no other form: what was asked is not kept, so it has no row and no metadata. */
export function plainFormatOf(request: ApiRequest): Format {
  return acceptable(choosePlainFormat(headerOf(request, 'accept')));
}

function acceptable<T>(chosen: T | undefined): T {
  if (chosen !== undefined) return chosen;
  const text = 'only the following media types are accepted: application/json, application/yaml';
  throw new StatusError('NotAcceptable', text);
}

function isPretty(request: ApiRequest, query: URLSearchParams): boolean {
  const asked = query.get('pretty');
  if (asked !== null) return asked === '' || asked === 'true' || asked === '1';
  return peoplesAgents.test(headerOf(request, 'user-agent'));
}

/** `299 - "text"`, one header for each piece of advice. */
export function warningHeaders(warnings: readonly string[]): Readonly<Record<string, readonly string[]>> {
  if (warnings.length === 0) return {};
  // Header values are bytes of Latin-1 without control characters.
  const clean = (text: string): string => text.replace(/[^\x20-\x7e]/g, ' ').replace(/["\\]/g, '\\$&');
  return { warning: warnings.map((text) => `299 - "${clean(text)}"`) };
}

interface Answer {
  readonly status: number;
  /** JSON text, in one or more parts. */
  readonly parts: readonly Buffer[];
  readonly format: Representation['format'];
  readonly warnings?: readonly string[];
}

async function asYaml(json: Buffer): Promise<Buffer> {
  const { stringify } = await import('yaml');
  return Buffer.from(stringify(JSON.parse(json.toString('utf8')), { aliasDuplicateObjects: false }));
}

/** The answer in the client's format: indented, as YAML, compressed, whatever it asked for. */
export async function encodeAnswer(request: ApiRequest, query: URLSearchParams, answer: Answer): Promise<ApiResponse> {
  let parts = answer.parts;
  if (answer.format === 'yaml') parts = [await asYaml(Buffer.concat(parts))];
  else if (isPretty(request, query)) {
    parts = [Buffer.from(`${JSON.stringify(JSON.parse(Buffer.concat(parts).toString('utf8')), null, 2)}\n`)];
  }
  const headers = {
    'content-type': answer.format === 'yaml' ? 'application/yaml' : 'application/json',
    'cache-control': 'no-cache, private',
    ...warningHeaders(answer.warnings ?? []),
  };
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const mayCompress =
    request.method === 'GET' && request.user === undefined && /\bgzip\b/.test(headerOf(request, 'accept-encoding'));
  if (length < compressFrom || !mayCompress) return { status: answer.status, headers, body: parts };
  const body = await compress(Buffer.concat(parts), { level: 1 });
  return { status: answer.status, headers: { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' }, body };
}

/** An answer that is JSON whatever the client prefers: health, discovery, statuses. */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(`${JSON.stringify(value)}\n`),
  };
}
