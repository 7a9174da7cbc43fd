import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Forget } from './messages.ts';
import type { StoreOpenErrorCode } from './open-error.ts';
import type { Row } from './rows.ts';

/** "coxs": marks the file as ours, also for file(1). */
const applicationId = 0x636f7873;
/** Grows when an older server could not read what this one writes. */
const formatVersion = 1;
/** How long another process that is just ending may hold the file. */
const lockTimeoutMs = 500;

/** Codes of https://sqlite.org/rescode.html, without their extensions. */
const sqlite = { busy: 5, locked: 6, corrupt: 11, full: 13, notADatabase: 26 } as const;

/** A failure at the start, not yet tied to a file. */
export class DatabaseError extends Error {
  readonly code: StoreOpenErrorCode;
  constructor(code: StoreOpenErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'DatabaseError';
    this.code = code;
  }
}

interface Meta {
  readonly compacted: number;
  readonly objects: number;
  readonly revision: number;
}

/**
 * The file: one row for each version that is current or that history still needs, in the order of their revisions.
 * It says of itself how many rows it must have, so that a lost one is noticed:
 * - up to the compacted revision as many as `meta.objects`, the objects that there were then;
 * - after it one for each revision.
 */
export class Database {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;
  readonly #setMeta: StatementSync;
  #meta: Meta;

  constructor(file: string) {
    try {
      this.#db = open(file);
    } catch (error) {
      throw asDatabaseError(error);
    }
    this.#insert = this.#db.prepare(
      'INSERT INTO version (revision, previous, deleted, sum, key, json) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#remove = this.#db.prepare('DELETE FROM version WHERE revision = ?');
    this.#setMeta = this.#db.prepare('UPDATE meta SET compacted = ?, objects = ?, revision = ?');
    const { compacted, objects, revision } = this.#db.prepare('SELECT * FROM meta').get() ?? {};
    if (typeof compacted !== 'number' || typeof objects !== 'number' || typeof revision !== 'number') {
      throw new DatabaseError('damaged', 'the store is damaged: its description is missing');
    }
    this.#meta = { compacted, objects, revision };
  }

  /** The newest revision, once `rows` has been read to its end. */
  get revision(): number {
    return this.#meta.revision;
  }

  get compactedRevision(): number {
    return this.#meta.compacted;
  }

  /** All rows in order, each checked; throws DatabaseError at the first sign that they are not what was written. */
  *rows(): Generator<Row> {
    const { compacted, objects } = this.#meta;
    let old = 0;
    let newest = compacted;
    try {
      for (const record of this.#db.prepare('SELECT * FROM version ORDER BY revision').iterate()) {
        const row = asRow(record);
        if (row.revision <= compacted) old += 1;
        else if (row.revision === newest + 1) newest = row.revision;
        else throw lost(`${newest + 1}`);
        yield row;
      }
    } catch (error) {
      throw asDatabaseError(error);
    }
    if (old !== objects) throw lost(`before ${compacted} (${old} of ${objects} are left)`);
    if (newest < this.#meta.revision) throw lost(`${newest + 1}`);
    this.#meta = { ...this.#meta, revision: newest };
  }

  /** Adds rows and deletes others in one transaction, on disk when this returns; all or nothing when it throws. */
  write(rows: Iterable<Row>, forget: Forget | undefined): void {
    let meta = this.#meta;
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const row of rows) {
        const { revision, previous, deleted, key, json } = row;
        this.#insert.run(revision, previous, Number(deleted), checksum(row), key, json);
        meta = { ...meta, revision };
      }
      if (forget !== undefined) meta = this.#forget(meta, forget);
      this.#db.exec('COMMIT');
    } catch (error) {
      // Some errors have ended the transaction already.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
    this.#meta = meta;
  }

  /** Moves what the log holds into the file proper, and lets go of it. */
  close(): void {
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#db.close();
  }

  #forget(meta: Meta, { revisions, compactedRevision }: Forget): Meta {
    for (const revision of revisions) this.#remove.run(revision);
    const compacted = Math.max(compactedRevision, meta.compacted);
    // All revisions between the two had a row of their own until now.
    const objects = meta.objects + (compacted - meta.compacted) - revisions.length;
    this.#setMeta.run(compacted, objects, meta.revision);
    return { ...meta, compacted, objects };
  }
}

/** Whether a write failed only for want of room: nothing of it is stored, and a later one may succeed. */
export function isDiskFull(error: unknown): boolean {
  return sqliteCode(error) === sqlite.full;
}

function open(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: lockTimeoutMs });
  try {
    // Held until the process ends, however it ends; the log then needs no shared memory.
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    // Two objects of usual size do not fit on a page of 4 KB.
    db.exec('PRAGMA page_size = 8192');
    identify(db);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000');
    db.exec('PRAGMA journal_size_limit = 67108864; PRAGMA cell_size_check = ON');
    db.exec('BEGIN IMMEDIATE');
    createTables(db);
    db.exec('COMMIT');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Refuses what is not ours before anything in it is changed. */
function identify(db: DatabaseSync): void {
  const pragma = (name: string): unknown => db.prepare(`PRAGMA ${name}`).get()?.[name];
  const id = pragma('application_id');
  const version = pragma('user_version');
  if (id !== applicationId) {
    const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'];
    if (id !== 0 || tables !== 0) throw new DatabaseError('foreign', 'the file is a database of another program');
  } else if (typeof version !== 'number' || version > formatVersion) {
    throw new DatabaseError('foreign', `the store has format ${String(version)}, this server knows ${formatVersion}`);
  }
}

function createTables(db: DatabaseSync): void {
  db.exec(`
    PRAGMA application_id = ${applicationId};
    PRAGMA user_version = ${formatVersion};
    CREATE TABLE IF NOT EXISTS version (
      revision INTEGER PRIMARY KEY,
      previous INTEGER NOT NULL,
      deleted INTEGER NOT NULL,
      sum INTEGER NOT NULL,
      key TEXT NOT NULL,
      json BLOB NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS meta (
      id INTEGER PRIMARY KEY CHECK (id = 0),
      compacted INTEGER NOT NULL,
      objects INTEGER NOT NULL,
      revision INTEGER NOT NULL
    ) STRICT;
    INSERT OR IGNORE INTO meta VALUES (0, 1, 0, 1);
  `);
}

function checksum({ revision, previous, deleted, key, json }: Row): number {
  return crc32(json, crc32(`${revision} ${previous} ${String(deleted)} ${key}`));
}

function asRow(record: Record<string, unknown>): Row {
  const { revision, previous, deleted, sum, key, json } = record;
  if (
    typeof revision !== 'number' ||
    typeof previous !== 'number' ||
    typeof key !== 'string' ||
    !(json instanceof Uint8Array)
  ) {
    throw new DatabaseError('damaged', 'the store is damaged: it holds a row that is none of ours');
  }
  const row = { revision, previous, deleted: deleted === 1, key, json };
  if (checksum(row) !== sum) {
    throw new DatabaseError(
      'damaged',
      `the store is damaged: revision ${revision} (${key}) does not match its checksum`,
    );
  }
  return row;
}

function lost(revision: string): DatabaseError {
  return new DatabaseError('damaged', `the store is damaged: it has lost revision ${revision}`);
}

function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  return error.errcode & 0xff;
}

function asDatabaseError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  switch (sqliteCode(error)) {
    case sqlite.busy:
    case sqlite.locked:
      return new DatabaseError('locked', 'the store is in use', error);
    case sqlite.corrupt:
    case sqlite.notADatabase:
      return new DatabaseError('damaged', `the store is damaged: ${detail}`, error);
    default:
      return new DatabaseError('unusable', `the store cannot be opened: ${detail}`, error);
  }
}
