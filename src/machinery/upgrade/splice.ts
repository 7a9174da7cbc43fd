import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Duplex } from 'node:stream';

export interface SpliceOptions {
  /** Bytes that came with the upgrade and belong to the side of their name. */
  readonly fromLeft?: Buffer;
  readonly fromRight?: Buffer;
  /** What the other direction may take to finish once one has ended: 10 s when left out, 0 for as long as it likes. */
  readonly lingerMs?: number;
  /** How much of the right side is read before the left side takes it; a little when left out. */
  readonly readAhead?: number;
}

/** How long a peer that has been sent everything may take to close as well. */
const closeMs = 10_000;

const keepAliveMs = 30_000;
const littleAhead = 64 * 1024;

/** Small pieces go out at once, and a peer that has vanished is noticed though nobody writes. */
function prepare(side: Duplex): void {
  if (side instanceof Socket) side.setNoDelay(true).setKeepAlive(true, keepAliveMs);
}

/**
 * Joins two connections: what one says the other hears, an end is passed on, and when one breaks the other closes.
 * Resolves when both have closed.
 */
export function splice(left: Duplex, right: Duplex, options: SpliceOptions = {}): Promise<void> {
  const { fromLeft, fromRight, lingerMs = 10_000, readAhead = littleAhead } = options;
  if (fromLeft !== undefined && fromLeft.length > 0) right.write(fromLeft);
  if (fromRight !== undefined && fromRight.length > 0) left.write(fromRight);
  prepare(left);
  prepare(right);
  const { promise, resolve } = Promise.withResolvers<void>();
  let open = 2;
  const join = (from: Duplex, to: Duplex, ahead: number): void => {
    // What has been read from one that closed or broke still goes out to the other, however slowly that reads.
    const store = new PassThrough({ highWaterMark: ahead });
    store.once('end', () => to.end(() => setTimeout(() => to.destroy(), closeMs).unref()));
    store.pipe(to, { end: false });
    from.pipe(store);
    from.on('error', () => store.end());
    from.once('close', () => {
      store.end();
      if (--open === 0) resolve();
    });
    to.once('close', () => store.destroy());
    // What nobody takes any more is read all the same: closing with bytes unread would take from the other side what it
    // has not read yet.
    store.once('close', () => setImmediate(() => from.resume()));
    // Streaming protocols have no use for half a connection: when one direction ends, the session has.
    if (lingerMs > 0) from.once('end', () => setTimeout(() => from.destroy(), lingerMs).unref());
    if (from.destroyed) store.end();
  };
  join(left, right, littleAhead);
  join(right, left, readAhead);
  return promise;
}
