import type { Logger } from '../../system/logger.ts';
import type { DnsMetrics } from '../metrics.ts';
import {
  classes,
  ednsUdpSize,
  flags,
  plainUdpSize,
  rcodeName,
  rcodes,
  recordTypes,
  typeName,
} from '../wire/constants.ts';
import type { Query } from '../wire/query.ts';
import { parseQuery } from '../wire/query.ts';
import { encodeFault, encodeResponse } from '../wire/writer.ts';
import type { Answer } from './answer.ts';
import { bareAnswer } from './answer.ts';
import type { Resolver } from './resolver.ts';
import { shuffleAddresses } from './shuffle.ts';

export interface Client {
  readonly protocol: 'udp' | 'tcp';
  readonly address: string;
}

export interface ResponderOptions {
  readonly resolver: Pick<Resolver, 'resolve'>;
  readonly logger: Logger;
  readonly metrics?: DnsMetrics;
  /** Whether each query is logged, at level info. */
  readonly queryLog: boolean;
}

/** Types that ask for a transfer or a key, or that are no question at all. */
const refusedTypes: ReadonlySet<number> = new Set([
  recordTypes.OPT,
  recordTypes.TKEY,
  recordTypes.TSIG,
  recordTypes.IXFR,
  recordTypes.AXFR,
]);

/** Request bytes → response bytes. It is the one place that knows of protocols, sizes, classes and opcodes. */
export class Responder {
  readonly #options: ResponderOptions;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** The response; undefined for what must not be answered. Never throws and never rejects. */
  respond(message: Uint8Array, client: Client): Buffer | Promise<Buffer> | undefined {
    const start = performance.now();
    const parsed = parseQuery(message);
    if (parsed.kind === 'ignored') return undefined;
    if (parsed.kind === 'fault') return encodeFault(parsed.id, parsed.flags, parsed.rcode);
    const { query } = parsed;
    try {
      const answer = this.#answer(query, client);
      if (!(answer instanceof Promise)) return this.#finish(query, answer, client, start);
      return answer
        .then((late) => this.#finish(query, late, client, start))
        .catch((error: unknown) => this.#failed(query, error, client, start));
    } catch (error) {
      return this.#failed(query, error, client, start);
    }
  }

  #answer(query: Query, client: Client): Answer | Promise<Answer> {
    if (query.edns !== undefined && query.edns.version > 0) return bareAnswer(rcodes.BADVERS);
    if (query.class !== classes.IN || refusedTypes.has(query.type)) return bareAnswer(rcodes.REFUSED);
    return this.#options.resolver.resolve({
      name: query.name,
      type: query.type,
      dnssecOk: query.edns?.dnssecOk === true,
      checkingDisabled: (query.flags & flags.checkingDisabled) !== 0,
      client: client.address,
    });
  }

  #finish(query: Query, answer: Answer, client: Client, start: number): Buffer {
    // Those who did not say that they understand AD do not get it (RFC 6840, section 5.8).
    const wantsAd = query.edns?.dnssecOk === true || (query.flags & flags.authenticData) !== 0;
    const response = encodeResponse(
      query,
      {
        rcode: answer.rcode,
        flags:
          flags.recursionAvailable |
          (answer.authoritative ? flags.authoritative : 0) |
          (answer.authenticData && wantsAd ? flags.authenticData : 0),
        answers: shuffleAddresses(answer.answers),
        authority: answer.authority,
        additional: answer.additional,
        extendedError: answer.extendedError,
      },
      limitOf(query, client),
    );
    const durationMs = performance.now() - start;
    const { metrics, queryLog, logger } = this.#options;
    metrics?.answered(client, query.type, answer, durationMs / 1000);
    if (queryLog) {
      logger.info(
        {
          client: client.address,
          protocol: client.protocol,
          name: `${query.name}.`,
          type: typeName(query.type),
          rcode: rcodeName(answer.rcode),
          origin: answer.origin,
          bytes: response.length,
          durationMs,
        },
        'query',
      );
    }
    return response;
  }

  #failed(query: Query, error: unknown, client: Client, start: number): Buffer {
    this.#options.logger.error({ err: error, name: query.name, type: typeName(query.type) }, 'cannot answer a query');
    return this.#finish(query, bareAnswer(rcodes.SERVFAIL), client, start);
  }
}

/** How large the response may be: over UDP what the client takes, and no more than passes every network whole. */
function limitOf(query: Query, client: Client): number {
  if (client.protocol === 'tcp') return 0xffff;
  return query.edns === undefined ? plainUdpSize : Math.min(Math.max(query.edns.udpSize, plainUdpSize), ednsUdpSize);
}
