import type { Transfer } from '../../model/route-table.ts';
import { defaultPolicy } from '../../model/route-table.ts';
import * as formats from './formats.ts';
import type { AnnotationReader } from './reader.ts';

/** Reads how bodies are passed on, and when another endpoint is asked. */
export function readTransfer(reader: AnnotationReader): Transfer {
  const usual = defaultPolicy.transfer;
  const rate = kibibytes(reader.readRestriction('limit-rate', formats.count));
  return {
    // nginx slows down only what it has collected.
    buffering: (reader.read('proxy-buffering', formats.onOff) ?? usual.buffering) || rate !== undefined,
    requestBuffering: reader.read('proxy-request-buffering', formats.onOff) ?? usual.requestBuffering,
    bufferSize: reader.read('proxy-buffer-size', formats.bufferSize),
    bufferCount: atLeast(reader.read('proxy-buffers-number', formats.smallCount), 2),
    rate,
    rateAfter: kibibytes(reader.readRestriction('limit-rate-after', formats.count)),
    httpVersion: reader.read('proxy-http-version', formats.oneOf('1.0', '1.1')) ?? usual.httpVersion,
    nextUpstream: reader.read('proxy-next-upstream', formats.nextUpstream),
    nextUpstreamTries: reader.read('proxy-next-upstream-tries', formats.smallCount),
    nextUpstreamTimeout: reader.read('proxy-next-upstream-timeout', formats.smallCount),
  };
}

function atLeast(value: number | undefined, least: number): number | undefined {
  return value === undefined ? undefined : Math.max(least, value);
}

function kibibytes(value: number | undefined): number | undefined {
  return value === undefined || value === 0 ? undefined : value * 1024;
}
