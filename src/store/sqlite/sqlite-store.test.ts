import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it } from 'node:test';
import pino from 'pino';
import { describeStore, sample } from '../conformance.ts';
import type { HistoryLimits } from '../history.ts';
import type { Store } from '../store.ts';
import { killAgainAndAgain } from '../testing/kills.ts';
import type { StoreOpenErrorCode } from './open-error.ts';
import { StoreOpenError } from './open-error.ts';
import { openSqliteStore } from './sqlite-store.ts';

const logger = pino({ level: 'silent' });
const root = await mkdtemp(join(tmpdir(), 'cox-store-'));
after(() => rm(root, { recursive: true }));

let count = 0;
function newDirectory(): string {
  count += 1;
  return join(root, String(count));
}

function openStore(directory: string, limits?: HistoryLimits): Promise<Store> {
  return openSqliteStore({ directory, logger, ...(limits === undefined ? {} : { limits }) });
}

describeStore('sqlite', () => openStore(newDirectory()));

function shown(store: Store, revision: number): string[] {
  const seen: string[] = [];
  store
    .watch('', revision, ({ type, key, revision: at, current, previous }) => {
      seen.push(`${type} ${key}@${at} ${current.json.toString()} was ${String(previous?.json)}`);
    })
    .stop();
  return seen;
}

async function refusedOpening(code: StoreOpenErrorCode, directory: string, message: RegExp): Promise<void> {
  await assert.rejects(openStore(directory), (error) => {
    assert.ok(error instanceof StoreOpenError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}

describe('sqlite store over restarts', () => {
  it('keeps objects, revision and history', async () => {
    const directory = newDirectory();
    const first = await openStore(directory);
    await first.create('/a', sample('a', 1));
    await first.update('/a', sample('a', 2), 2);
    await first.create('/b', sample('b'));
    await first.delete('/b', 4);
    const [before, objects] = [shown(first, 1), await first.list('')];
    await first.close();
    const second = await openStore(directory);
    assert.equal(second.revision, 5);
    assert.equal(second.compactedRevision, 1);
    assert.deepEqual(shown(second, 1), before);
    assert.deepEqual((await second.list('')).items[0]?.json, objects.items[0]?.json);
    assert.equal((await second.create('/b', sample('b'))).revision, 6);
    await second.close();
  });

  it('forgets on disk too what history lets go, and what was compacted', async () => {
    const directory = newDirectory();
    const limits = { minEvents: 10, maxEvents: 20, maxBytes: 1 << 20, maxAgeMs: 60_000 };
    const first = await openStore(directory, limits);
    let { revision } = await first.create('/a', sample('a'));
    const once = await first.create('/once', sample('once'));
    await first.delete('/once', once.revision);
    for (let turn = 0; turn < 1000; turn += 1) ({ revision } = await first.update('/a', sample('a', turn), revision));
    await first.close();
    const db = new DatabaseSync(join(directory, 'store.db'));
    const rows = Number(db.prepare('SELECT count(*) AS n FROM version').get()?.['n']);
    db.close();
    assert.ok(rows < 20 + 256 + 2, `${rows} rows are left`);

    const second = await openStore(directory, limits);
    assert.equal(second.revision, 1004);
    assert.equal(second.compactedRevision, 984);
    await second.compact(1004);
    await second.delete('/a', 1004);
    await second.compact(1005);
    await second.close();
    const third = await openStore(directory, limits);
    assert.deepEqual([third.revision, third.compactedRevision, third.count('')], [1005, 1005, 0]);
    assert.equal((await third.create('/a', sample('a'))).revision, 1006);
    await third.close();
  });

  it('is for its user alone', async () => {
    const directory = newDirectory();
    const store = await openStore(directory);
    await store.create('/secret', sample('secret'));
    const modes = ['', 'store.db', 'store.db-wal'].map(
      async (file) => (await stat(join(directory, file))).mode & 0o777,
    );
    assert.deepEqual(await Promise.all(modes), [0o700, 0o600, 0o600]);
    await store.close();
  });
});

describe('sqlite store that cannot be opened', () => {
  async function filled(): Promise<string> {
    const directory = newDirectory();
    const store = await openStore(directory);
    for (let index = 0; index < 100; index += 1) await store.create(`/${index}`, sample('a', 'x'.repeat(1000)));
    await store.compact(50);
    await store.close();
    return directory;
  }

  it('is open already', async () => {
    const directory = newDirectory();
    const store = await openStore(directory);
    await refusedOpening('locked', directory, /store\.db: the store is in use\. .*stop the other one/);
    await store.create('/a', sample('a'));
    await store.close();
    await (await openStore(directory)).close();
  });

  it('has lost a bit', async () => {
    const directory = await filled();
    const file = join(directory, 'store.db');
    const bytes = await readFile(file);
    const at = bytes.lastIndexOf('xxx');
    bytes[at] = 'y'.charCodeAt(0);
    await writeFile(file, bytes);
    await refusedOpening('damaged', directory, /damaged: revision \d+ .*checksum.* put a copy of the folder back/);
  });

  for (const revision of [20, 70, 101]) {
    it(`has lost revision ${revision} of 101, compacted at 50`, async () => {
      const directory = await filled();
      const db = new DatabaseSync(join(directory, 'store.db'));
      db.exec(`DELETE FROM version WHERE revision = ${revision}`);
      db.close();
      await refusedOpening('damaged', directory, /has lost revision/);
    });
  }

  it('is cut off', async () => {
    const directory = await filled();
    await truncate(join(directory, 'store.db'), 30_000);
    await refusedOpening('damaged', directory, /damaged/);
  });

  it('is no database', async () => {
    const directory = await filled();
    await writeFile(join(directory, 'store.db'), 'no database at all'.repeat(1000));
    await refusedOpening('damaged', directory, /not a database/);
  });

  it('belongs to another program', async () => {
    const directory = await filled();
    await rm(join(directory, 'store.db'));
    const db = new DatabaseSync(join(directory, 'store.db'));
    db.exec('CREATE TABLE other (x)');
    db.close();
    await refusedOpening('foreign', directory, /another program/);
  });

  it('was written by a newer server', async () => {
    const directory = await filled();
    const db = new DatabaseSync(join(directory, 'store.db'));
    db.exec('PRAGMA user_version = 2');
    db.close();
    await refusedOpening('foreign', directory, /format 2, this server knows 1/);
  });

  it('has a file where its folder should be', async () => {
    const file = newDirectory();
    await writeFile(file, '');
    await refusedOpening('unusable', join(file, 'store'), /cannot be made.*belongs to this user/);
  });
});

interface Ended {
  readonly promised: readonly string[];
  readonly errors: string;
}

/** Runs the writer, in a shell where `limit` applies, and kills it after its first so many answers. */
function runWriter(directory: string, answers: number, limit = ':'): Promise<Ended> {
  const script = join(import.meta.dirname, 'testing/writer.ts');
  const child = spawn('sh', ['-c', `${limit}; exec "$0" "$@"`, process.execPath, script, directory]);
  let output = '';
  let errors = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    seen += text.split('\n').length - 1;
    if (seen >= answers) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  // A line that the kill cut off was promised too, but says less than a whole one.
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve({ promised: output.split('\n').slice(0, -1), errors }));
  });
}

function checkWhole(store: Store, promised: readonly string[], since: number): void {
  const events = new Map<number, string>();
  const watch = store.watch('', since, ({ revision, type, key, current }) => {
    events.set(revision, `${revision} ${type} ${key}`);
    const { value, copy } = JSON.parse(current.json.toString()) as { value: string; copy: string };
    assert.equal(value, copy);
    assert.ok(value.startsWith(`${key} `));
  });
  watch.stop();
  for (const line of promised) assert.equal(events.get(Number.parseInt(line, 10)), line);
  assert.equal(events.size, store.revision - since);
}

describe('sqlite store that is killed', () => {
  // A thousand kills and more: test/soak/store-kills.ts
  it('has every write that it acknowledged, and none by halves', async () => {
    const directory = newDirectory();
    const writer = [process.execPath, '--no-warnings', join(import.meta.dirname, 'testing/writer.ts'), directory];
    const report = await killAgainAndAgain(
      { writer, open: () => openStore(directory) },
      { kills: 30, seed: 1, mostAnswers: 400 },
    );
    assert.ok(report.answered > 500, JSON.stringify(report));
  });

  it('acknowledges nothing that its disk did not take', async () => {
    const directory = newDirectory();
    const { promised, errors } = await runWriter(directory, Infinity, 'ulimit -f 4000');
    const last = promised.at(-1) ?? errors;
    assert.match(
      last,
      /^refused: StoreError: the store has failed|^refused: StoreError: the write could not be stored/,
    );
    const store = await openStore(directory);
    const since = store.compactedRevision;
    const kept = promised.slice(0, -1).filter((line) => Number.parseInt(line, 10) > since);
    assert.ok(kept.length > 0);
    checkWhole(store, kept, since);
    await store.close();
  });
});
