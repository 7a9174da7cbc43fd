/**
 * - `locked`: another process, or this one, has the store open.
 * - `damaged`: what is on disk is not what was written.
 * - `foreign`: the file belongs to another program or to a newer Coxswain.
 * - `unusable`: the folder or the file cannot be read or written.
 */
export type StoreOpenErrorCode = 'locked' | 'damaged' | 'foreign' | 'unusable';

/** Why a store does not open; the message names the file and what to do about it. */
export class StoreOpenError extends Error {
  readonly code: StoreOpenErrorCode;
  constructor(code: StoreOpenErrorCode, file: string, detail: string, options?: { cause?: unknown }) {
    super(`${file}: ${detail}. ${remedies[code]}`, options);
    this.name = 'StoreOpenError';
    this.code = code;
  }
}

const remedies: Readonly<Record<StoreOpenErrorCode, string>> = {
  locked: 'Only one server may use a store: stop the other one first.',
  damaged:
    'Nothing has been changed. Stop the server and put a copy of the folder back, or move the folder away to start with an empty cluster.',
  foreign: 'Nothing has been changed. Use the version of Coxswain that wrote it, or another folder.',
  unusable: 'Check that the disk is mounted and writable, has room left, and that the folder belongs to this user.',
};
