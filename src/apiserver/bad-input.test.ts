import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import pino from 'pino';
import { statusCodes } from '../api/status-error.ts';
import type { InProcessTransport } from './http/in-process.ts';
import type { Status } from './http/status.ts';
import type { ArbitraryRequest } from './testing/arbitrary-request.ts';
import { arbitraryRequest } from './testing/arbitrary-request.ts';
import { sendJson } from './testing/answers.ts';
import type { TestServer } from './testing/start.ts';
import { startTestServer, testAdmin } from './testing/start.ts';

const requests = 3000;

let server: TestServer;
let transport: InProcessTransport;
/** What the server takes for its own fault, and logs. */
const faults: string[] = [];
before(async () => {
  const logger = pino({ level: 'error' }, { write: (line) => faults.push(line) });
  server = await startTestServer({ logger });
  transport = server.server.transport(testAdmin);
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await sendJson(transport, 'POST', '/api/v1/namespaces/default/serviceaccounts', account);
});
after(async () => server[Symbol.asyncDispose]());

interface Answer {
  readonly code: number;
  readonly text: string;
}

async function send(request: ArbitraryRequest): Promise<Answer> {
  const stop = new AbortController();
  const { status, body } = await transport.request({ ...request, signal: stop.signal });
  // What went well may go on for as long as a watch does.
  if (status < 400 || request.method === 'HEAD') {
    stop.abort();
    return { code: status, text: '' };
  }
  return { code: status, text: Buffer.concat(await Array.fromAsync(body)).toString('utf8') };
}

/** Says what is wrong with an answer; undefined for one that puts the blame where it belongs, in a Status. */
function complaintOf({ method, path }: ArbitraryRequest, { code, text }: Answer): string | undefined {
  if (text === '') return code < 500 || method === 'HEAD' ? undefined : `${code} without a word`;
  const status = JSON.parse(text) as Status;
  if (status.kind !== 'Status' || status.code !== code || status.status !== 'Failure') return `${code} with ${text}`;
  const reason = status.reason ?? '';
  // Upstream takes what cannot be applied for a fault of its own, too.
  if (code === 500 && (status.message ?? '').startsWith('failed to create typed patch object')) return undefined;
  if (Object.hasOwn(statusCodes, reason) && statusCodes[reason as keyof typeof statusCodes] !== code) {
    return `${code} for the reason ${reason}`;
  }
  const mayBeAway = /\/(log|exec|attach|portforward|proxy)\b/.test(path) && code === 503;
  const isAhead = code === 504 && path.includes('resourceVersion=');
  return code < 500 || mayBeAway || isAhead ? undefined : `${code} ${status.message}`;
}

describe('any request at all', () => {
  it('is answered, and what is wrong with it is never the server’s fault', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRequest, async (request) => {
        const complaint = complaintOf(request, await send(request));
        assert.equal(complaint, undefined);
      }),
      { numRuns: requests, endOnFailure: true },
    );
    const own = faults.filter((line) => !line.includes('failed to create typed patch object'));
    assert.deepEqual(own, []);
  });
});

describe('a body', () => {
  const maps = '/api/v1/namespaces/default/configmaps';
  const map = (fields: string): string => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"}${fields}}`;
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  const cases: Readonly<
    Record<string, readonly [body: string | Buffer, code: number, message: RegExp, path?: string]>
  > = {
    'that is empty': ['', 400, /unexpected end of JSON input/],
    'of no UTF-8': [
      Buffer.concat([Buffer.from(map(',"data":{"a":"')), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
      400,
      /invalid UTF-8/,
    ],
    'that nests without end': [map(`,"data":${nested(100_000)}`), 400, /exceeded max depth/],
    'with a list where a map belongs': [map(`,"data":${nested(5)}`), 400, /cannot unmarshal array into/],
    'with a huge key': [map(`,"data":{"${'k'.repeat(1_000_000)}":""}`), 422, /must be no more than 253/],
    'that would change every object': [
      map(',"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}'),
      201,
      /^$/,
    ],
    'with a key that all objects have': [map(',"data":{"__proto__":"a"}'), 201, /^$/, `${maps}?dryRun=All`],
    'that says a thing twice, strictly read': [
      map(',"data":{"a":"1"},"data":{"a":"2"}'),
      400,
      /strict decoding error: json: .*duplicate field "data"|strict decoding error: duplicate field "data"/,
      `${maps}?fieldValidation=Strict`,
    ],
    'of another kind': ['{"apiVersion":"v1","kind":"Pod"}', 400, /Pod/],
    'that is a number': ['1e400', 400, /./],
  };
  for (const [name, [body, code, message, path = maps]] of Object.entries(cases)) {
    it(name, async () => {
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      const answer = await send({ method: 'POST', path, headers, body: Buffer.from(body) });
      assert.equal(answer.code, code, answer.text);
      const said = answer.text === '' ? '' : ((JSON.parse(answer.text) as Status).message ?? '');
      assert.match(said, message);
      assert.equal(Reflect.get({}, 'polluted'), undefined);
      await send({ method: 'DELETE', path: `${maps}/m`, headers, body: Buffer.alloc(0) });
    });
  }

  it('in YAML is not made a thousand times as long', async () => {
    const letters = 'abcdefghi'.split('');
    const lines = letters.map((letter, index) => {
      const before = index === 0 ? 'x' : `*${letters[index - 1]}`;
      return `${letter}: &${letter} [${Array.from({ length: 9 }, () => before).join(',')}]`;
    });
    for (const text of [lines.join('\n'), 'a: &a [*a]', '%ODD\n---\n{}', 'a: !!js/function x']) {
      const headers = { 'content-type': 'application/yaml', accept: 'application/json' };
      const began = performance.now();
      const { code } = await send({ method: 'POST', path: maps, headers, body: Buffer.from(text) });
      assert.ok(code >= 400 && code < 500, `${code} for ${text.slice(0, 20)}`);
      assert.ok(performance.now() - began < 1000);
    }
  });
});
