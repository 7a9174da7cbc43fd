import type { Store, StoredObject, StoreEvent, Watch } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';
import type { BodySink } from '../http/message.ts';
import { asStatusError, expired } from '../http/status.ts';
import { ConversionPending } from '../registry/conversion.ts';
import type { BookmarkClock } from './bookmark-clock.ts';
import type { FanOut } from './fan-out.ts';
import type { FrameWriter } from './frames.ts';
import { errorFrame, joinLines } from './frames.ts';
import type { Change } from './selected-change.ts';
import { selectedChange } from './selected-change.ts';

export interface WatchPlan {
  readonly store: Store;
  readonly clock: BookmarkClock;
  readonly fanOut: FanOut;
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
/** Lines are written together up to about so many bytes. */
const pieceBytes = 64 * 1024;

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
  /** The reader does not keep up. */
  #isFull = false;
  /** The next line's object is being converted elsewhere. */
  #isConverting = false;
  /** Nothing further is written: the body has its end, or will have it with the next write. */
  #isEnded = false;
  #isClosed = false;
  #failure: { readonly cause: unknown } | undefined;
  #bookmarked = 0;
  #watch: Watch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #gone: Watch | undefined;
  readonly #flushLater = (): void => this.#flush();
  readonly #onTick = (revision: number): void => this.#bookmark(revision);

  constructor(plan: WatchPlan, sink: BodySink) {
    this.#plan = plan;
    this.#sink = sink;
  }

  /** Runs until the time is up, the reader goes away or falls too far behind. */
  start(): void {
    const { store, clock, prefix, initial, revision, bookmarks, announceInitialEnd, timeoutMs } = this.#plan;
    this.#sink.onClose(() => this.#stop());
    this.#sink.onDrain(() => {
      this.#isFull = false;
      this.#flush();
    });
    for (const stored of initial) this.#waiting.push({ type: 'ADDED', stored });
    if (announceInitialEnd) this.#waiting.push({ type: 'BOOKMARK', initialEnd: true, revision });
    this.#flush();
    try {
      this.#watch = store.watch(prefix, revision, (event) => this.#take(event));
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (this.#isClosed) {
      this.#watch.stop();
      return;
    }
    if (bookmarks) clock.add(this.#onTick);
    this.#timer = setTimeout(() => this.#end(), timeoutMs).unref();
    this.#gone = this.#plan.onGone?.(() => this.#end());
    // What has happened since `revision` is here already, and no commit may follow for long.
    this.#flush();
  }

  #refuse(error: unknown): void {
    if (!(error instanceof StoreError) || error.code !== 'compacted') {
      this.#sink.destroy();
      return;
    }
    const { revision, store } = this.#plan;
    this.#fail(expired(`too old resource version: ${revision} (${store.compactedRevision})`));
  }

  #take(event: StoreEvent): void {
    const { matches, waitsForConversion, fanOut } = this.#plan;
    const line = waitsForConversion === true ? ({ type: 'UNSEEN', event } as const) : selectedChange(event, matches);
    if (line === undefined) return;
    this.#push(line);
    fanOut.add(this.#flushLater);
  }

  #push(line: Line): void {
    if (this.#isClosed || this.#isEnded) return;
    this.#waiting.push(line);
    const isBehind = this.#isFull || this.#isConverting;
    if (isBehind && this.#waiting.length - this.#next > maxWaiting + this.#plan.initial.length) this.#sink.destroy();
  }

  #flush(): void {
    while (this.#mayWrite() && this.#next < this.#waiting.length) {
      const piece = this.#piece();
      if (piece !== undefined && !this.#sink.write(piece)) this.#isFull = true;
    }
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    }
    if (this.#failure !== undefined && !this.#isEnded) this.#fail(this.#failure.cause);
  }

  #mayWrite(): boolean {
    return !this.#isFull && !this.#isConverting && !this.#isEnded && !this.#isClosed && this.#failure === undefined;
  }

  /** The next lines, whole ones and one at least; undefined where there is none for this watcher to see. */
  #piece(): Buffer | undefined {
    const lines: Buffer[] = [];
    let bytes = 0;
    while (bytes < pieceBytes) {
      const line = this.#waiting[this.#next];
      const text = line === undefined ? 'later' : this.#textOrWait(line);
      if (text === 'later') break;
      this.#next += 1;
      if (text === undefined) continue;
      lines.push(text);
      bytes += text.length;
    }
    return lines.length === 0 ? undefined : joinLines(lines);
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
      if (error instanceof ConversionPending) this.#convert(error);
      // A line left out would be a gap: the watch ends here.
      else this.#failure = { cause: error };
      return 'later';
    }
  }

  #convert(pending: ConversionPending): void {
    this.#isConverting = true;
    pending.settle().then(
      () => {
        this.#isConverting = false;
        this.#flush();
      },
      (cause: unknown) => this.#fail(cause),
    );
  }

  #fail(cause: unknown): void {
    if (this.#isClosed || this.#isEnded) return;
    this.#isEnded = true;
    this.#sink.write(errorFrame(asStatusError(cause)));
    this.#sink.end();
  }

  /** Says how far the store has come, unless the client knows. */
  #bookmark(revision: number): void {
    if (revision <= this.#bookmarked || revision <= this.#plan.revision) return;
    this.#bookmarked = revision;
    this.#push({ type: 'BOOKMARK', initialEnd: false, revision });
    this.#flush();
  }

  #end(): void {
    if (this.#plan.bookmarks) this.#bookmark(this.#plan.clock.revision);
    this.#flush();
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#sink.end();
  }

  #stop(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#plan.ended();
    this.#waiting = [];
    this.#next = 0;
    this.#watch?.stop();
    this.#gone?.stop();
    this.#plan.fanOut.remove(this.#flushLater);
    this.#plan.clock.remove(this.#onTick);
    clearTimeout(this.#timer);
  }
}
