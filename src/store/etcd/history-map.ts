/** Etcd is asked to compact for so many revisions of the store, or after so long. */
const revisionsAtOnce = 1000;
const pauseMs = 60_000;

/** Which of etcd's revisions belong to those of the store that its history still reaches. */
export class HistoryMap {
  /** After each commit: the store's revision, and etcd's. */
  #commits: { readonly revision: number; readonly etcdRevision: number }[] = [];
  #compacted: number;
  #compactedAt: number;

  constructor(compactedRevision: number, now: number) {
    this.#compacted = compactedRevision;
    this.#compactedAt = now;
  }

  add(revision: number, etcdRevision: number): void {
    this.#commits.push({ revision, etcdRevision });
  }

  /** Up to where etcd may forget, when history begins at `revision`; undefined when that is not worth a call now. */
  due(revision: number, now: number): number | undefined {
    const grown = revision - this.#compacted;
    if (grown < revisionsAtOnce && (grown === 0 || now - this.#compactedAt < pauseMs)) return undefined;
    this.#compactedAt = now;
    return this.take(revision);
  }

  /** Up to where etcd may forget, when history begins at `revision`; undefined when that is nothing. */
  take(revision: number): number | undefined {
    const beyond = this.#commits.findIndex((commit) => commit.revision > revision);
    const count = beyond < 0 ? this.#commits.length : beyond;
    const last = this.#commits[count - 1];
    if (last === undefined) return undefined;
    // The newest stays: it says where the next begins.
    this.#commits = this.#commits.slice(count - 1);
    this.#compacted = revision;
    return count === 1 && last.revision < revision ? undefined : last.etcdRevision;
  }
}
