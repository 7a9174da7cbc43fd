/** The thread that alone touches the disk, so that a slow one delays writers and nobody else. */
import { parentPort, workerData } from 'node:worker_threads';
import { Database, DatabaseError, isDiskFull } from './database.ts';
import type { Reply, Request } from './messages.ts';
import type { Row } from './rows.ts';
import { packRows, unpackRows } from './rows.ts';

/** Bytes of one message at the start: the other thread works on one while this reads the next. */
const chunkBytes = 1 << 20;

function reply(message: Reply): void {
  parentPort?.postMessage(message, message.type === 'rows' ? [message.rows.bytes] : []);
}

function load(database: Database): void {
  let chunk: Row[] = [];
  let bytes = 0;
  const send = (): void => {
    reply({ type: 'rows', rows: packRows(chunk) });
    chunk = [];
    bytes = 0;
  };
  for (const row of database.rows()) {
    chunk.push(row);
    bytes += row.json.length;
    if (bytes > chunkBytes) send();
  }
  send();
  reply({ type: 'opened', revision: database.revision, compactedRevision: database.compactedRevision });
}

function detailOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function write(database: Database, request: Request & { type: 'write' }): boolean {
  try {
    database.write(unpackRows(request.rows), request.forget);
    reply({ type: 'done' });
    return true;
  } catch (error) {
    const broken = !isDiskFull(error);
    reply({ type: 'failed', detail: detailOf(error), broken });
    return !broken;
  }
}

function close(database: Database): void {
  try {
    database.close();
    reply({ type: 'done' });
  } catch (error) {
    reply({ type: 'failed', detail: detailOf(error), broken: true });
  }
}

function run(file: string): void {
  try {
    const database = new Database(file);
    load(database);
    const listener = (request: Request): void => {
      if (request.type === 'write' && write(database, request)) return;
      if (request.type === 'close') close(database);
      parentPort?.off('message', listener);
      parentPort?.close();
    };
    parentPort?.on('message', listener);
  } catch (error) {
    const code = error instanceof DatabaseError ? error.code : 'unusable';
    reply({ type: 'refused', code, detail: detailOf(error) });
  }
}

run(String(workerData));
