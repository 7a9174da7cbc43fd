import assert from 'node:assert/strict';
import { appendFile, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pod } from '../../../api/core/pod.schema.ts';
import { loggedContainer } from './container.ts';
import { parseLogLine } from './line.ts';
import { eventually } from '../../../system/testing/eventually.ts';
import type { LogOptions } from './options.ts';
import { logOptions } from './options.ts';
import { readLog } from './read.ts';
import { tailStart } from './tail.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cox-logs-'));
});
after(() => rm(folder, { recursive: true }));

const entry = (second: number, text: string, tag = 'F'): string =>
  `2026-01-02T03:04:${String(second).padStart(2, '0')}.000000001Z stdout ${tag} ${text}\n`;

const everything: LogOptions = {
  follow: false,
  previous: false,
  timestamps: false,
  tailLines: undefined,
  since: undefined,
  limitBytes: undefined,
};

const three = entry(1, 'one') + entry(2, 'two') + entry(3, 'three');
const parts: Record<string, { log: string; options: Partial<LogOptions>; shown: string }> = {
  everything: { log: three, options: {}, shown: 'one\ntwo\nthree\n' },
  'the last line': { log: three, options: { tailLines: 1 }, shown: 'three\n' },
  'more lines than there are': { log: three, options: { tailLines: 10 }, shown: 'one\ntwo\nthree\n' },
  'no lines': { log: three, options: { tailLines: 0 }, shown: '' },
  'since a time': { log: three, options: { since: Date.parse('2026-01-02T03:04:02Z') }, shown: 'two\nthree\n' },
  'a few bytes': { log: three, options: { limitBytes: 6 }, shown: 'one\ntw' },
  'with times': {
    log: entry(1, 'one'),
    options: { timestamps: true },
    shown: '2026-01-02T03:04:01.000000001Z one\n',
  },
  'with times of one width': {
    log: '2026-01-02T03:04:01.5+01:00 stdout F a\n2026-01-02T03:04:01Z stdout F b\n',
    options: { timestamps: true },
    shown: '2026-01-02T03:04:01.500000000+01:00 a\n2026-01-02T03:04:01.000000000Z b\n',
  },
  'a line in pieces has one time': {
    log: entry(1, 'long ', 'P') + entry(2, 'line') + entry(3, ''),
    options: { timestamps: true },
    shown: '2026-01-02T03:04:01.000000001Z long line\n2026-01-02T03:04:03.000000001Z \n',
  },
  'an unfinished last line': { log: entry(1, 'one').slice(0, -1), options: {}, shown: 'one' },
  'noise between': { log: `\nnoise\n${entry(1, 'one')}a b c d\n`, options: {}, shown: 'one\n' },
  'an empty log': { log: '', options: { tailLines: 5 }, shown: '' },
};

async function show(path: string, options: LogOptions): Promise<string> {
  const pieces: Buffer[] = [];
  const never = Promise.withResolvers<void>().promise;
  for await (const piece of readLog({ path, options, ended: () => never, signal: AbortSignal.timeout(5000) })) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

for (const [name, { log, options, shown }] of Object.entries(parts)) {
  test(`shows ${name}`, async () => {
    const path = join(folder, '0.log');
    await writeFile(path, log);
    assert.equal(await show(path, { ...everything, ...options }), shown);
  });
}

test('what is written while the last line is read does not come along', async () => {
  const path = join(folder, 'growing.log');
  // More than is read at once, so that the file can grow between the pieces.
  await writeFile(path, entry(1, 'one') + entry(2, 'x'.repeat(100_000)));
  let shown = '';
  const ended = (): Promise<void> => Promise.resolve();
  const options = { ...everything, tailLines: 2 };
  for await (const piece of readLog({ path, options, ended, signal: AbortSignal.timeout(5000) })) {
    if (shown === '') await appendFile(path, entry(3, 'three'));
    shown += piece.toString();
  }
  assert.equal(shown, `one\n${'x'.repeat(100_000)}\n`);
});

test('no file is a clear refusal', async () => {
  await assert.rejects(show(join(folder, 'none.log'), everything), { status: 400, message: /failed to open log file/ });
});

test('the start of a tail is found over the borders of blocks', async () => {
  const path = join(folder, 'long.log');
  const lines = Array.from({ length: 5000 }, (_, index) => `${'x'.repeat(index % 120)}${index}\n`);
  await writeFile(path, lines.join(''));
  const file = await open(path);
  const { size } = await file.stat();
  for (const count of [1, 2, 100, 1500, 4999, 5000, 9999]) {
    const tail = lines.slice(Math.max(0, lines.length - count)).join('');
    assert.equal(await tailStart(file, size, count), size - tail.length, `${count} lines`);
  }
  await file.close();
});

test('a followed log goes on over a rotation, and ends with its container', async () => {
  const path = join(folder, 'followed.log');
  await writeFile(path, entry(1, 'one'));
  const ended = Promise.withResolvers<void>();
  const seen: string[] = [];
  const reading = (async () => {
    const options = { ...everything, follow: true };
    for await (const piece of readLog({
      path,
      options,
      ended: () => ended.promise,
      signal: AbortSignal.timeout(9000),
    })) {
      seen.push(piece.toString());
    }
  })();
  await sleep(30);
  await appendFile(path, entry(2, 'two'));
  await eventually('two', () => seen.join('') === 'one\ntwo\n');
  await rename(path, `${path}.old`);
  await appendFile(`${path}.old`, entry(3, 'late'));
  await writeFile(path, entry(4, 'new'));
  await eventually('what came before and after the rotation', () => seen.join('') === 'one\ntwo\nlate\nnew\n');
  await appendFile(path, entry(5, 'last').slice(0, -1));
  ended.resolve();
  await reading;
  assert.equal(seen.join(''), 'one\ntwo\nlate\nnew\nlast');
});

test('a reader that leaves ends the following', async () => {
  const path = join(folder, 'left.log');
  await writeFile(path, entry(1, 'one'));
  const abort = new AbortController();
  let told = false;
  const ended = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        told = true;
        resolve();
      });
    });
  for await (const _ of readLog({ path, options: { ...everything, follow: true }, ended, signal: abort.signal }))
    abort.abort();
  assert.ok(told);
});

const lines: Record<string, { line: string; content: string | undefined }> = {
  'a full line': { line: '2026Z stdout F hello world\n', content: 'hello world\n' },
  'a piece': { line: '2026Z stderr P hello \n', content: 'hello ' },
  'more tags': { line: '2026Z stdout F:x hello\n', content: 'hello\n' },
  'an empty line': { line: '2026Z stdout F \n', content: '\n' },
  'an empty line without its space': { line: '2026Z stdout F\n', content: '\n' },
  'another stream': { line: '2026Z stdin F hello\n', content: undefined },
  'another tag': { line: '2026Z stdout X hello\n', content: undefined },
};
for (const [name, { line, content }] of Object.entries(lines)) {
  test(`reads ${name}`, () => assert.equal(parseLogLine(Buffer.from(line))?.content.toString(), content));
}

const refusals: Record<string, { query: string; status: number }> = {
  'a tail that is no number': { query: 'tailLines=x', status: 400 },
  'a negative tail': { query: 'tailLines=-1', status: 422 },
  'no bytes': { query: 'limitBytes=0', status: 422 },
  'two starts': { query: 'sinceSeconds=5&sinceTime=2026-01-02T03:04:05Z', status: 422 },
  'a time that is none': { query: 'sinceTime=yesterday', status: 400 },
};
for (const [name, { query, status }] of Object.entries(refusals)) {
  test(`refuses ${name}`, () => assert.throws(() => logOptions(new URLSearchParams(query), 0), { status }));
}

const terminated = (containerID: string) => ({ terminated: { exitCode: 1, containerID } });
const states: Record<string, { status: object; previous?: boolean; expected: object }> = {
  running: { status: { state: { running: {} }, containerID: 'containerd://a' }, expected: { id: 'a' } },
  'ended, about to restart': {
    status: { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: terminated('containerd://b') },
    expected: { id: 'b' },
  },
  ended: { status: { state: terminated('containerd://c') }, expected: { id: 'c' } },
  previous: {
    status: { state: { running: {} }, containerID: 'containerd://a', lastState: terminated('containerd://b') },
    previous: true,
    expected: { id: 'b' },
  },
  'no previous': {
    status: { state: { running: {} }, containerID: 'containerd://a' },
    previous: true,
    expected: { unavailable: 'previous terminated container "web" in pod "p" not found' },
  },
  'not started': {
    status: { state: { waiting: { reason: 'ContainerCreating' } } },
    expected: { unavailable: 'container "web" in pod "p" is waiting to start: ContainerCreating' },
  },
  'image missing': {
    status: { state: { waiting: { reason: 'ImagePullBackOff' } } },
    expected: { unavailable: 'container "web" in pod "p" is waiting to start: trying and failing to pull image' },
  },
};
for (const [name, { status, previous = false, expected }] of Object.entries(states)) {
  test(`finds whose log is meant: ${name}`, () => {
    const pod = {
      metadata: { name: 'p' },
      spec: { containers: [] },
      status: { containerStatuses: [{ name: 'web', ...status }] },
    };
    assert.deepEqual(loggedContainer(pod as unknown as Pod, 'web', previous), expected);
  });
}
