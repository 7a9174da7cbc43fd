/** Runs each piece of work once for all who want it at the same time, and stops it when none of them does any more. */
export class SharedWork<T> {
  readonly #running = new Map<
    string,
    { readonly result: Promise<T>; readonly abort: AbortController; users: number }
  >();

  /** Joins the work of `key`, or begins it; rejects with the signal's reason when `signal` is aborted first. */
  async run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    let entry = this.#running.get(key);
    if (entry === undefined) {
      const abort = new AbortController();
      const result = work(abort.signal);
      entry = { result, abort, users: 0 };
      this.#running.set(key, entry);
      const mine = entry;
      const end = (): void => {
        if (this.#running.get(key) === mine) this.#running.delete(key);
      };
      result.then(end, end);
    }
    const joined = entry;
    joined.users += 1;
    const left = Promise.withResolvers<never>();
    const leave = (): void => left.reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([joined.result, left.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
      joined.users -= 1;
      if (joined.users === 0) {
        joined.abort.abort();
        if (this.#running.get(key) === joined) this.#running.delete(key);
      }
    }
  }
}
