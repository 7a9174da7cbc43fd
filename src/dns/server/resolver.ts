import { setTimeout as sleep } from 'node:timers/promises';
import { inRanges } from '../../system/ipv4.ts';
import type { Forwarder } from '../forward/forwarder.ts';
import type { ClusterIndex } from '../records/cluster-index.ts';
import { resolve, resolveReverse } from '../records/resolve.ts';
import type { Zone } from '../records/zone.ts';
import { relativeName } from '../records/zone.ts';
import { isReverseName, reverseAddressKey } from '../wire/address.ts';
import { rcodes, recordTypes } from '../wire/constants.ts';
import { isEncodableName } from '../wire/reader.ts';
import { nameRecord, textRecord } from '../wire/record.ts';
import type { Answer } from './answer.ts';
import { bareAnswer, behindAlias, forwardedAnswer, negativeAnswer, zoneAnswer } from './answer.ts';

/** One question of one client. */
export interface Question {
  /** In lower case. */
  readonly name: string;
  readonly type: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
  /** The client's address. */
  readonly client: string;
}

export interface ResolverOptions {
  readonly zone: Zone;
  /** The cluster's objects; undefined before the first are known. */
  readonly index: () => ClusterIndex | undefined;
  /** Resolves when `index` first gives something. */
  readonly indexed: Promise<void>;
  /** How long a question about the cluster waits for that. */
  readonly holdMs: number;
  /** Addresses whose names nobody else knows. */
  readonly localRanges: readonly string[];
  readonly forwarder: Pick<Forwarder, 'resolve'>;
}

type Pending = Answer | Promise<Answer>;

/** An ExternalName that leads to an ExternalName, and so on, ends here. */
const longestChain = 8;
const noOutside = { code: 0, text: 'this cluster has no DNS servers outside' };

/** Decides what a question gets. Answers from memory come at once; a promise stands for what must be asked elsewhere. */
export class Resolver {
  readonly #options: ResolverOptions;

  constructor(options: ResolverOptions) {
    this.#options = options;
  }

  resolve(question: Question): Pending {
    return this.#resolve(question, longestChain, true);
  }

  #resolve(question: Question, chain: number, searching: boolean): Pending {
    const { zone, index: indexOf } = this.#options;
    const { name, type } = question;
    const relative = relativeName(name, zone.domain);
    const reverseKey = relative === undefined && isReverseName(name) ? reverseAddressKey(name) : undefined;
    if (relative === undefined && reverseKey === undefined) return this.#outside(question);
    const index = indexOf();
    if (index === undefined) return this.#hold(question, chain, searching);
    if (relative === undefined) return this.#reverse(question, reverseKey ?? '', index);
    const found = resolve(index, zone, relative, type);
    if (found.kind === 'alias') {
      if (type === recordTypes.CNAME || type === recordTypes.ANY) return zoneAnswer([found.record], []);
      if (chain === 0) return bareAnswer(rcodes.SERVFAIL, { code: 0, text: 'a chain of aliases without an end' });
      const target = this.#resolve({ ...question, name: found.target }, chain - 1, false);
      return map(target, (answer) => behindAlias(found.record, answer));
    }
    if (found.kind === 'absent') {
      const searched = searching ? this.#search(question, index) : undefined;
      return searched ?? negativeAnswer(rcodes.NXDOMAIN, zone, index.serial);
    }
    if (type === recordTypes.ANY) return this.#minimal(name);
    if (found.records.length === 0) return negativeAnswer(rcodes.NOERROR, zone, index.serial);
    return zoneAnswer(found.records, found.additional);
  }

  /** Nothing can be said of the cluster's names before its objects are known, least of all that one does not exist. */
  async #hold(question: Question, chain: number, searching: boolean): Promise<Answer> {
    const { indexed, holdMs, index } = this.#options;
    const done = new AbortController();
    await Promise.race([indexed, sleep(holdMs, undefined, { signal: done.signal }).catch(() => undefined)]);
    done.abort();
    if (index() !== undefined) return this.#resolve(question, chain, searching);
    return bareAnswer(rcodes.SERVFAIL, { code: 14, text: "the cluster's Services are not known yet" });
  }

  #reverse(question: Question, key: string, index: ClusterIndex): Pending {
    const { zone, localRanges } = this.#options;
    const found = resolveReverse(index, zone, question.name, key, question.type);
    if (found?.kind === 'records') {
      if (question.type === recordTypes.ANY) return this.#minimal(question.name);
      if (found.records.length > 0) return zoneAnswer(found.records, []);
    }
    const rcode = found === undefined ? rcodes.NXDOMAIN : rcodes.NOERROR;
    const local = found !== undefined || (key.includes('.') && inRanges(key, localRanges));
    if (!local) return this.#outside(question);
    return negativeAnswer(rcode, zone, index.serial, question.name.slice(question.name.indexOf('.') + 1));
  }

  /**
   * Finishes a pod's search path (resolv.conf, `ndots:5`) here: an outside name comes first as
   * `<name>.<namespace>.svc.<zone>`. That is answered with an alias to the first name on the rest of the path that
   * exists, which saves the pod up to four more questions for each family of addresses.
   */
  #search(question: Question, index: ClusterIndex): Pending | undefined {
    const { zone } = this.#options;
    const client = index.client(question.client);
    if (client === undefined) return undefined;
    const base = relativeName(question.name, `${client.namespace}.svc.${zone.domain}`);
    if (base === undefined || base === '') return undefined;
    const rest = [`svc.${zone.domain}`, zone.domain, ...client.searches, ''];
    const names = rest.map((suffix) => (suffix === '' ? base : `${base}.${suffix}`)).filter(isEncodableName);
    return this.#searchIn(question, names, index);
  }

  #searchIn(question: Question, names: readonly string[], index: ClusterIndex): Pending {
    const { zone } = this.#options;
    const [name, ...rest] = names;
    if (name === undefined) return negativeAnswer(rcodes.NXDOMAIN, zone, index.serial);
    return map(this.#resolve({ ...question, name }, longestChain, false), (answer) => {
      if (answer.rcode === rcodes.NXDOMAIN) return this.#searchIn(question, rest, index);
      // A failure outside is the answer: the pod would meet it again at the end of its path.
      if (answer.rcode !== rcodes.NOERROR) return answer;
      const ttl = Math.min(zone.ttl, ...answer.answers.map((record) => record.ttl));
      const alias = nameRecord(question.name, recordTypes.CNAME, ttl, name);
      return { ...behindAlias(alias, answer), origin: 'autopath' };
    });
  }

  #outside(question: Question): Pending {
    const { zone, forwarder } = this.#options;
    if (question.type === recordTypes.ANY) return { ...this.#minimal(question.name), authoritative: false };
    const forwarded = forwarder.resolve(question);
    // Where nothing is outside, no name is: resolvers take NXDOMAIN for final, but repeat a question that failed,
    // and some of them wait 5 s before they do.
    if (forwarded === undefined) {
      return { ...negativeAnswer(rcodes.NXDOMAIN, zone, 1, ''), origin: 'forward', extendedError: noOutside };
    }
    return map(forwarded, forwardedAnswer);
  }

  /** The least that a question for everything may get (RFC 8482). */
  #minimal(name: string): Answer {
    return zoneAnswer([textRecord(name, recordTypes.HINFO, 3600, ['RFC8482', ''])], []);
  }
}

/** Goes on at once where the value is there, and later where it is not: most answers need no turn of the event loop. */
function map<T, U>(value: T | Promise<T>, change: (value: T) => U | Promise<U>): U | Promise<U> {
  return value instanceof Promise ? value.then(change) : change(value);
}
