import { flags, rcodes, recordTypes } from '../wire/constants.ts';
import type { Message } from '../wire/message.ts';
import { lowerCaseName } from '../wire/reader.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { negativeTtl } from '../wire/record.ts';
import type { CachedAnswer } from './answer-cache.ts';
import type { UpstreamQuestion } from './upstream.ts';

/** For how long answers are kept at most, in seconds, whatever their TTL. */
const longest = { positive: 300, negative: 30, failure: 1 };
/** For a negative answer without the SOA that says how long it holds. */
const negativeWithoutSoa = 5;

/**
 * What to keep of a server's message: the records that lead from the name that was asked for to its answer, and for
 * negative answers the authority section. The rest is not for us to pass on.
 */
export function acceptAnswer(question: UpstreamQuestion, message: Message): CachedAnswer {
  const { rcode } = message;
  const answers = chainOf(question.name, message.answers);
  const positive = answers.some(({ type }) => type === question.type);
  const authority = positive || rcode > rcodes.NXDOMAIN ? [] : message.authority.filter(isNegativeProof);
  const authenticData = (message.flags & flags.authenticData) !== 0;
  return { rcode, answers, authority, authenticData, ttl: freshFor(rcode, positive, answers, authority) };
}

function freshFor(
  rcode: number,
  positive: boolean,
  answers: readonly ResourceRecord[],
  authority: readonly ResourceRecord[],
): number {
  if (rcode !== rcodes.NOERROR && rcode !== rcodes.NXDOMAIN) return longest.failure;
  const ttls = answers.map(({ ttl }) => ttl);
  if (positive) return Math.min(longest.positive, ...ttls);
  const soa = authority.find(({ type }) => type === recordTypes.SOA);
  return Math.min(longest.negative, soa === undefined ? negativeWithoutSoa : negativeTtl(soa), ...ttls);
}

/** Records of the name itself and of what its aliases lead to, in the order in which they came. */
function chainOf(name: string, records: readonly ResourceRecord[]): readonly ResourceRecord[] {
  const owners = new Set([name]);
  for (let before = 0; before < owners.size;) {
    before = owners.size;
    for (const { name: owner, type, data } of records) {
      const [target] = data;
      if (type !== recordTypes.CNAME || typeof target !== 'string' || !owners.has(lowerCaseName(owner))) continue;
      owners.add(lowerCaseName(target));
    }
  }
  const all = [...owners];
  return records.filter(({ name: owner, type }) => {
    const folded = lowerCaseName(owner);
    if (owners.has(folded)) return true;
    return type === recordTypes.DNAME && all.some((under) => under.endsWith(`.${folded}`));
  });
}

function isNegativeProof({ type }: ResourceRecord): boolean {
  // SOA, and the signed proofs of absence: NSEC, NSEC3 and their signatures.
  return type === recordTypes.SOA || type === recordTypes.NSEC || type === recordTypes.RRSIG || type === 50;
}
