import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isErrno } from '../../system/files.ts';
import type { IndexedObject } from '../records/cluster-index.ts';

/** The first line of a snapshot: what this version can read. */
interface Header {
  readonly coxswainDns: 1;
  readonly objects: number;
}

/** A snapshot that is damaged, or that another version wrote. */
export class SnapshotError extends Error {
  readonly code = 'DNS_SNAPSHOT_UNUSABLE';

  constructor(path: string, what: string, cause?: unknown) {
    super(`${path} is no usable snapshot: ${what}`, { cause });
    this.name = 'SnapshotError';
  }
}

const kinds: ReadonlySet<string> = new Set(['Service', 'EndpointSlice', 'Namespace', 'Pod']);
const linesAtOnce = 200;

/**
 * The objects of a snapshot; undefined where there is no file. Throws SnapshotError for one that is not whole: half of
 * the Services would mean NXDOMAIN for the others.
 */
export async function readSnapshot(path: string): Promise<readonly IndexedObject[] | undefined> {
  const objects: IndexedObject[] = [];
  let header: Header | undefined;
  try {
    // Line by line: a large cluster's snapshot at once would hold up the start, and the memory would stay.
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      if (header === undefined) header = JSON.parse(line) as Header;
      else objects.push(JSON.parse(line) as IndexedObject);
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw new SnapshotError(path, 'it cannot be read', error);
  }
  if (header?.coxswainDns !== 1) throw new SnapshotError(path, 'another version wrote it');
  if (objects.length !== header.objects) throw new SnapshotError(path, 'it is not whole');
  if (!objects.every(({ kind, metadata }) => kinds.has(kind) && typeof metadata?.name === 'string')) {
    throw new SnapshotError(path, 'it holds something else');
  }
  return objects;
}

/**
 * Replaces the snapshot in one step. The event loop gets its turn in between: queries are answered meanwhile. The
 * objects are those of the moment of the call.
 */
export async function writeSnapshot(path: string, objects: readonly IndexedObject[]): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      const header: Header = { coxswainDns: 1, objects: objects.length };
      await file.write(`${JSON.stringify(header)}\n`);
      for (let at = 0; at < objects.length; at += linesAtOnce) {
        const lines = objects.slice(at, at + linesAtOnce).map((object) => `${JSON.stringify(object)}\n`);
        await file.write(lines.join(''));
        await nextTurn();
      }
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
