import type { StoreOpenErrorCode } from './open-error.ts';
import type { PackedRows } from './rows.ts';

/** What is not needed any longer. */
export interface Forget {
  /** The rows to delete. */
  readonly revisions: readonly number[];
  /** Nothing before this revision can be reconstructed afterwards. */
  readonly compactedRevision: number;
}

/** To the thread: each is answered once, in order, by `done` or `failed`. */
export type Request =
  | { readonly type: 'write'; readonly rows: PackedRows; readonly forget: Forget | undefined }
  | { readonly type: 'close' };

/** From the thread. At the start `rows` any number of times, then `opened` or `refused`. */
export type Reply =
  | { readonly type: 'rows'; readonly rows: PackedRows }
  | { readonly type: 'opened'; readonly revision: number; readonly compactedRevision: number }
  | { readonly type: 'refused'; readonly code: StoreOpenErrorCode; readonly detail: string }
  | { readonly type: 'done' }
  /** `broken`: what is on disk is not certain any more; the thread does nothing further. */
  | { readonly type: 'failed'; readonly detail: string; readonly broken: boolean };
