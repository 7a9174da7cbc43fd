import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { connect } from 'node:http2';
import { goQuote } from '../../environment/go-quote.ts';
import { dialErrorText } from '../network-error.ts';
import type { ProbeOutcome } from '../outcome.ts';
import { answeredFailure, failure, success } from '../outcome.ts';
import { joinHostPort } from '../target.ts';

/**
 * The health protocol of gRPC over plain HTTP/2. Its two messages have one field each, so they are written and read here.
 * https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */

const statusNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const codes = { deadlineExceeded: 4, unimplemented: 12 };

/** HealthCheckRequest `{ service = 1 }`, with gRPC's five bytes in front. */
export function encodeRequest(service: string): Buffer {
  const text = Buffer.from(service, 'utf8');
  const length: number[] = [];
  for (let rest = text.length; ; rest >>>= 7) {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  const message = text.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, ...length]), text]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The status in a HealthCheckResponse `{ status = 1 }`; 0 (UNKNOWN) where it says nothing. */
export function decodeStatus(data: Buffer): number {
  const message = data.subarray(5, 5 + (data.length >= 5 ? data.readUInt32BE(1) : 0));
  return message[0] === 0x08 ? (message[1] ?? 0) : 0;
}

interface Answer {
  readonly code: number;
  readonly message: string;
  readonly data: Buffer;
}

export interface GrpcTarget {
  readonly host: string;
  readonly port: number;
  readonly service: string;
}

/** Succeeds when the service answers SERVING within `timeoutMs`. */
export async function probeGrpc(target: GrpcTarget, timeoutMs: number, signal: AbortSignal): Promise<ProbeOutcome> {
  const address = joinHostPort(target.host, target.port);
  const seconds = `${timeoutMs / 1000}s`;
  let connected = false;
  const session = connect(`http://${address}`);
  const { promise, resolve } = Promise.withResolvers<ProbeOutcome>();
  const timer = setTimeout(() => {
    const what = connected
      ? `timeout: health rpc did not complete within ${seconds}`
      : `timeout: failed to connect service ${JSON.stringify(address)} within ${seconds}: context deadline exceeded`;
    resolve({ ...failure(what), answered: connected });
  }, timeoutMs);
  session.once('connect', () => (connected = true));
  session.once('error', (error) => {
    if (connected) return resolve(answeredFailure(`error: health rpc probe failed: ${error.message}`));
    const why = `connection error: desc = "transport: Error while dialing: ${dialErrorText(address, error)}"`;
    return resolve(failure(`error: failed to connect service at ${JSON.stringify(address)}: ${why}`));
  });
  const abort = (): void => resolve(failure('context canceled'));
  signal.addEventListener('abort', abort, { once: true });
  call(session, target.service, timeoutMs).then(
    (answer) => resolve(judge(answer, seconds)),
    (error: unknown) => {
      // A lost connection is the session's to tell.
      if (connected) resolve(answeredFailure(`error: health rpc probe failed: ${String(error)}`));
    },
  );
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    session.destroy();
  }
}

function call(session: ClientHttp2Session, service: string, timeoutMs: number): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const stream: ClientHttp2Stream = session.request({
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Check',
    'content-type': 'application/grpc',
    'user-agent': 'kube-probe/1.36',
    te: 'trailers',
    'grpc-timeout': `${timeoutMs}m`,
  });
  const chunks: Buffer[] = [];
  let status: IncomingHttpHeaders = {};
  stream.on('response', (headers) => (status = headers));
  stream.on('trailers', (trailers) => (status = trailers));
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', reject);
  stream.on('end', () => {
    const code = Number(status['grpc-status'] ?? Number.NaN);
    if (Number.isNaN(code)) {
      const httpStatus = String(status[':status']);
      return reject(new Error(`rpc error: code = Unknown desc = unexpected HTTP status code ${httpStatus}`));
    }
    const message = decodeURIComponent(String(status['grpc-message'] ?? ''));
    return resolve({ code, message, data: Buffer.concat(chunks) });
  });
  stream.end(encodeRequest(service));
  return promise;
}

function judge({ code, message, data }: Answer, seconds: string): ProbeOutcome {
  if (code === codes.unimplemented) {
    const what = 'this server does not implement the grpc health protocol (grpc.health.v1.Health)';
    return answeredFailure(`error: ${what}: ${message}`);
  }
  if (code === codes.deadlineExceeded) {
    return answeredFailure(`timeout: health rpc did not complete within ${seconds}`);
  }
  if (code !== 0) return answeredFailure(`error: health rpc probe failed: rpc error: code = ${code} desc = ${message}`);
  const status = statusNames[decodeStatus(data)] ?? 'UNKNOWN';
  return status === 'SERVING' ? success : answeredFailure(`service unhealthy (responded with ${goQuote(status)})`);
}
