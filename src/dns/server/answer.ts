import { soaRecord } from '../wire/record.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { rcodes } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/writer.ts';
import type { ForwardedAnswer } from '../forward/forwarder.ts';
import type { Zone } from '../records/zone.ts';
import { startOfAuthority } from '../records/zone.ts';

/** Who made an answer; goes into metrics. */
export type AnswerOrigin = 'kubernetes' | 'autopath' | 'forward' | 'cache' | 'server';

/** What a question gets, before it is put into a message. */
export interface Answer {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly authenticData: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  readonly origin: AnswerOrigin;
  readonly extendedError?: ExtendedError | undefined;
}

const nothing = { authoritative: false, authenticData: false, answers: [], authority: [], additional: [] };

/** A response code and nothing else. */
export function bareAnswer(rcode: number, extendedError?: ExtendedError): Answer {
  return { ...nothing, rcode, origin: 'server', extendedError };
}

/** An answer from the cluster's own records. */
export function zoneAnswer(answers: readonly ResourceRecord[], additional: readonly ResourceRecord[]): Answer {
  return { ...nothing, rcode: rcodes.NOERROR, authoritative: true, answers, additional, origin: 'kubernetes' };
}

/** That a name has no records of a type (NOERROR), or does not exist (NXDOMAIN); `apex` is the zone that says so. */
export function negativeAnswer(rcode: number, zone: Zone, serial: number, apex = zone.domain): Answer {
  const authority = [soaRecord(apex, zone.ttl, startOfAuthority(zone, serial))];
  return { ...nothing, rcode, authoritative: true, authority, origin: 'kubernetes' };
}

/** The same answer reached through an alias. */
export function behindAlias(alias: ResourceRecord, answer: Answer): Answer {
  // AA speaks of the first name, which is ours.
  return { ...answer, authoritative: true, answers: [alias, ...answer.answers] };
}

/** An answer of another server, or one kept from it. */
export function forwardedAnswer(forwarded: ForwardedAnswer): Answer {
  const { rcode, answers, authority, authenticData, source, extendedError } = forwarded;
  const origin = source === 'cache' || source === 'stale' ? 'cache' : 'forward';
  return { ...nothing, rcode, answers, authority, authenticData, origin, extendedError };
}
