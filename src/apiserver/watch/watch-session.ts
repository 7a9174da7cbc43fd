import type { Store, StoredObject, StoreEvent, Watch } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';
import type { BodySink } from '../http/message.ts';
import { asStatusError, expired } from '../http/status.ts';
import { ConversionPending } from '../registry/conversion.ts';
import type { BookmarkClock } from './bookmark-clock.ts';
import type { FrameWriter } from './frames.ts';
import { errorFrame } from './frames.ts';
import type { Change } from './selected-change.ts';
import { selectedChange } from './selected-change.ts';

export interface WatchPlan {
  readonly store: Store;
  readonly clock: BookmarkClock;
  readonly prefix: string;
  readonly matches: ((stored: StoredObject) => boolean) | undefined;
  /** Objects may have to be converted elsewhere before they can be looked at. */
  readonly waitsForConversion?: boolean;
  readonly frames: FrameWriter;
  /** Objects that are there already, to be sent as ADDED. */
  readonly initial: readonly StoredObject[];
  /** Changes after this revision are sent. */
  readonly revision: number;
  readonly bookmarks: boolean;
  /** The client waits for a bookmark that closes the initial state. */
  readonly announceInitialEnd: boolean;
  readonly timeoutMs: number;
  /** Called once, when the watch is over. */
  readonly ended: () => void;
  /** Calls its listener when what is watched is served no longer, or not in this form. */
  readonly onGone?: (listener: () => void) => Watch;
}

/** So many changes may wait for a slow reader; one further behind is cut off and must list again. */
const maxWaiting = 4096;

/** What has happened, before anybody has looked whether the watcher is to see it. */
interface Unseen {
  readonly type: 'UNSEEN';
  readonly event: StoreEvent;
}

type Line = Change | Unseen | { readonly type: 'BOOKMARK'; readonly initialEnd: boolean; readonly revision: number };

/**
 * One watch: the initial state, then every change. While the reader does not keep up, lines wait as references to
 * what the store holds anyway; they are written out only when there is room.
 */
export class WatchSession {
  readonly #plan: WatchPlan;
  readonly #sink: BodySink;
  #waiting: Line[] = [];
  #next = 0;
  #paused = false;
  #closed = false;
  #bookmarked = 0;
  #watch: Watch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #gone: Watch | undefined;
  readonly #onTick = (revision: number): void => this.#bookmark(revision);

  constructor(plan: WatchPlan, sink: BodySink) {
    this.#plan = plan;
    this.#sink = sink;
  }

  /** Runs until the time is up, the reader goes away or falls too far behind. */
  start(): void {
    const { store, clock, prefix, matches, initial, revision, bookmarks, announceInitialEnd, timeoutMs } = this.#plan;
    this.#sink.onClose(() => this.#stop());
    this.#sink.onDrain(() => this.#resume());
    for (const stored of initial) this.#waiting.push({ type: 'ADDED', stored });
    if (announceInitialEnd) this.#waiting.push({ type: 'BOOKMARK', initialEnd: true, revision });
    this.#flush();
    try {
      this.#watch = store.watch(prefix, revision, (event) => {
        if (this.#plan.waitsForConversion === true) {
          this.#push({ type: 'UNSEEN', event });
          return;
        }
        const change = selectedChange(event, matches);
        if (change !== undefined) this.#push(change);
      });
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (this.#closed) {
      this.#watch.stop();
      return;
    }
    if (bookmarks) clock.add(this.#onTick);
    this.#timer = setTimeout(() => this.#end(), timeoutMs).unref();
    this.#gone = this.#plan.onGone?.(() => this.#end());
  }

  #refuse(error: unknown): void {
    if (!(error instanceof StoreError) || error.code !== 'compacted') {
      this.#sink.destroy();
      return;
    }
    const { revision, store } = this.#plan;
    this.#sink.write(errorFrame(expired(`too old resource version: ${revision} (${store.compactedRevision})`)));
    this.#sink.end();
  }

  #push(line: Line): void {
    if (this.#closed) return;
    this.#waiting.push(line);
    if (!this.#paused) this.#flush();
    else if (this.#waiting.length - this.#next > maxWaiting + this.#plan.initial.length) this.#sink.destroy();
  }

  #flush(): void {
    while (!this.#paused && !this.#closed && this.#next < this.#waiting.length) {
      const line = this.#waiting[this.#next];
      const text = line === undefined ? undefined : this.#textOrWait(line);
      if (text === 'later') return;
      this.#next++;
      if (text !== undefined && !this.#sink.write(text)) this.#paused = true;
    }
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    }
  }

  #text(line: Line): Buffer | undefined {
    const { frames, matches } = this.#plan;
    if (line.type === 'BOOKMARK') return frames.bookmark(line.revision, line.initialEnd);
    const change = line.type === 'UNSEEN' ? selectedChange(line.event, matches) : line;
    return change === undefined ? undefined : frames.change(change.type, change.stored);
  }

  /** The text of a line; where its object has to be converted first, nothing goes out before it. */
  #textOrWait(line: Line): Buffer | undefined | 'later' {
    try {
      return this.#text(line);
    } catch (error) {
      if (!(error instanceof ConversionPending)) throw error;
      this.#paused = true;
      error.settle().then(
        () => this.#resume(),
        (cause: unknown) => this.#fail(cause),
      );
      return 'later';
    }
  }

  #fail(cause: unknown): void {
    if (this.#closed) return;
    this.#sink.write(errorFrame(asStatusError(cause)));
    this.#sink.end();
  }

  #resume(): void {
    this.#paused = false;
    this.#flush();
  }

  /** Says how far the store has come, unless the client knows. */
  #bookmark(revision: number): void {
    if (revision <= this.#bookmarked || revision <= this.#plan.revision) return;
    this.#bookmarked = revision;
    this.#push({ type: 'BOOKMARK', initialEnd: false, revision });
  }

  #end(): void {
    if (this.#plan.bookmarks) this.#bookmark(this.#plan.clock.revision);
    this.#sink.end();
  }

  #stop(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#plan.ended();
    this.#waiting = [];
    this.#next = 0;
    this.#watch?.stop();
    this.#gone?.stop();
    this.#plan.clock.remove(this.#onTick);
    clearTimeout(this.#timer);
  }
}
