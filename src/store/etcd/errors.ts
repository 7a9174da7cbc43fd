import { Code, ConnectError } from '@connectrpc/connect';

/** Etcd cannot be used; the message says where and why. */
export class EtcdError extends Error {
  readonly code = 'etcd';
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'EtcdError';
  }
}

/** What was asked for has been compacted; `revision` is the oldest of etcd's that is left, where etcd said. */
export class CompactedError extends Error {
  readonly revision: number;
  constructor(revision: number) {
    super('the history asked for has been compacted in etcd');
    this.name = 'CompactedError';
    this.revision = revision;
  }
}

const passing = new Set<Code>([
  Code.Aborted,
  Code.Canceled,
  Code.DeadlineExceeded,
  Code.Internal,
  Code.Unavailable,
  Code.Unknown,
]);

export const textOf = (error: unknown): string => (error instanceof ConnectError ? error.rawMessage : String(error));

/** True when the same call may well succeed a moment later, or at another member. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ConnectError)) return false;
  if (error.code === Code.ResourceExhausted) return error.rawMessage.includes('too many requests');
  return passing.has(error.code);
}

/** True for what is larger than etcd takes (`--max-request-bytes`, 1.5 MiB by default). */
export function isTooLarge(error: unknown): boolean {
  return error instanceof ConnectError && /request is too large|larger than max/.test(error.rawMessage);
}

/** True for a read at a revision that etcd has compacted. */
export function isCompacted(error: unknown): boolean {
  return error instanceof ConnectError && error.rawMessage.includes('has been compacted');
}
