import type { Transfer } from '../model/route-table.ts';
import { defaultPolicy } from '../model/route-table.ts';
import type { Directive } from './directive.ts';
import { directive } from './directive.ts';

/** How bodies go through, as far as it differs from what every location has. */
export function transferDirectives(transfer: Transfer, kind: 'grpc' | 'proxy'): readonly Directive[] {
  const usual = defaultPolicy.transfer;
  const { bufferSize, bufferCount, rate, rateAfter, nextUpstream, nextUpstreamTries, nextUpstreamTimeout } = transfer;
  const isProxy = kind === 'proxy';
  const some = (value: number | undefined, name: string, unit = ''): readonly Directive[] =>
    value === undefined ? [] : [directive(name, `${value}${unit}`)];
  return [
    ...(isProxy && transfer.buffering !== usual.buffering ? [directive('proxy_buffering', 'on')] : []),
    ...(isProxy ? buffers(bufferSize, bufferCount) : some(bufferSize, 'grpc_buffer_size')),
    ...some(rate, 'limit_rate'),
    ...some(rateAfter, 'limit_rate_after'),
    ...(isProxy && transfer.httpVersion !== usual.httpVersion
      ? [directive('proxy_http_version', transfer.httpVersion)]
      : []),
    ...(nextUpstream === undefined ? [] : [directive(`${kind}_next_upstream`, ...nextUpstream)]),
    ...some(nextUpstreamTries, `${kind}_next_upstream_tries`),
    ...some(nextUpstreamTimeout, `${kind}_next_upstream_timeout`, 's'),
  ];
}

/** nginx wants the three sizes to fit each other, whether it collects answers or not. */
function buffers(size: number | undefined, count: number | undefined): readonly Directive[] {
  if (size === undefined && count === undefined) return [];
  const bytes = size ?? 8192;
  return [
    directive('proxy_buffer_size', bytes),
    directive('proxy_buffers', Math.max(4, count ?? 0), bytes),
    directive('proxy_busy_buffers_size', bytes),
  ];
}
