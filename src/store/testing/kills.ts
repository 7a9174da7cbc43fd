import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import type { Store } from '../store.ts';

/** A store whose writer is killed again and again. */
export interface Killed {
  /** Runs a program that writes until it is killed, and prints a line, `REVISION put|delete KEY`, for each answer. */
  readonly writer: readonly string[];
  readonly open: () => Promise<Store>;
  /** What else may break between a kill and the next start; called now and then. */
  readonly disturb?: () => Promise<void>;
}

export interface KillOptions {
  readonly kills: number;
  /** The same number gives the same kills. */
  readonly seed: number;
  /** The latest kills come after so many answers. */
  readonly mostAnswers: number;
  readonly progress?: (kills: number, report: KillReport) => void;
}

export interface KillReport {
  /** Writes that were answered, all of which must be there. */
  answered: number;
  /** Writes that were there though the kill came before the answer. */
  unanswered: number;
  /** Kills before anything was answered. */
  early: number;
}

/** Numbers from 0 to 1 that look like chance (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Trigger {
  readonly answers: number;
  readonly milliseconds: number;
}

/** Runs the writer until the trigger; the answers that it had by then. */
async function runUntil([file = '', ...args]: readonly string[], trigger: Trigger): Promise<readonly string[]> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = new AbortController();
  let output = '';
  let errors = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    seen += text.split('\n').length - 1;
    if (seen >= trigger.answers) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  void setTimeout(trigger.milliseconds, undefined, { signal: timer.signal }).then(
    () => child.kill('SIGKILL'),
    () => undefined,
  );
  const signal = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_code, by) => resolve(by));
  });
  timer.abort();
  assert.equal(signal, 'SIGKILL', `the writer ended by itself: ${errors}${output.slice(-500)}`);
  // A line that the kill cut off was answered too, but says less than a whole one.
  return output.split('\n').slice(0, -1);
}

type Versions = Map<string, number>;

/** The part of an answered write before its key: `REVISION put|delete KEY`. */
const revisionOf = (line: string): number => Number.parseInt(line, 10);

/**
 * Where the store's history begins later than the last check: checks the answered writes up to there against the
 * objects of that moment. What else differs are writes without an answer, at most as many as there are revisions that no answer
 * names. Returns the objects' versions.
 */
async function checkForgotten(store: Store, answered: readonly string[], since: number, at: number): Promise<Versions> {
  const forgotten = answered.filter((line) => revisionOf(line) <= at);
  assert.equal(new Set(forgotten.map(revisionOf)).size, forgotten.length, 'a revision was given twice');
  const unanswered = at - since - forgotten.length;
  const { items } = await store.list('', { revision: at });
  const versions = new Map(items.map(({ key, revision }) => [key, revision]));
  const last = new Map(forgotten.map((line) => [line.split(' ')[2] ?? '', line]));
  const others = [...last].filter(([key, line]) => {
    const version = versions.get(key);
    assert.ok((version ?? at) >= revisionOf(line), `${key} is older than an answered write`);
    return version !== (line.includes(' put ') ? revisionOf(line) : undefined);
  });
  assert.ok(others.length <= unanswered, `answered writes are lost: ${others.join(', ')}`);
  return versions;
}

/** Checks all that was written since the last check, and what it made of `versions`; the number of writes and the versions. */
async function check(
  store: Store,
  answered: readonly string[],
  since: number,
  before: Versions,
): Promise<{ readonly written: number; readonly versions: Versions }> {
  const from = Math.max(since, store.compactedRevision);
  const versions = from > since ? await checkForgotten(store, answered, since, from) : before;
  const events = new Map<number, string>();
  const watch = store.watch('', from, ({ revision, type, key, current, previous }) => {
    events.set(revision, `${revision} ${type} ${key}`);
    const { value, copy = value } = JSON.parse(current.json.toString()) as { value: string; copy?: string };
    assert.equal(value, copy);
    assert.ok(value.startsWith(`${key} `), `${key} has another's value`);
    assert.equal(previous?.revision, versions.get(key), `${key} replaced another version than the one before`);
    if (type === 'put') versions.set(key, revision);
    else versions.delete(key);
  });
  watch.stop();
  for (const line of answered)
    if (revisionOf(line) > from) assert.equal(events.get(revisionOf(line)), line, 'an answered write is lost');
  assert.equal(events.size, store.revision - from, 'revisions are missing');
  const { items } = await store.list('');
  const listed = items.map(({ key, revision }) => [key, revision] as const);
  assert.deepEqual(new Map(listed), versions, 'the objects are not what the events made of them');
  return { written: store.revision - since, versions };
}

/**
 * Kills a store's writer so many times, early and late, up to four times in a row, and looks each time that the store
 * has every write that was answered, none by halves, and a history without a gap.
 */
export async function killAgainAndAgain(
  subject: Killed,
  { kills, seed, mostAnswers, progress }: KillOptions,
): Promise<KillReport> {
  const random = chance(seed);
  const report = { answered: 0, unanswered: 0, early: 0 };
  let versions: Versions = new Map();
  let revision = 1;
  for (let done = 0; done < kills;) {
    const answered: string[] = [];
    for (let row = 1 + Math.floor(random() * 4); row > 0 && done < kills; row--, done++) {
      // Mostly soon; at times so late that logs and histories have been cut in between.
      const answers = Math.ceil(random() ** 4 * mostAnswers);
      const milliseconds = random() < 0.2 ? random() * 300 : 20_000;
      const lines = await runUntil(subject.writer, { answers, milliseconds });
      if (lines.length === 0) report.early++;
      answered.push(...lines);
      if (random() < 0.1) await subject.disturb?.();
    }
    const store = await subject.open();
    const checked = await check(store, answered, revision, versions);
    assert.ok(store.revision >= revision, 'the revision went back');
    ({ versions } = checked);
    ({ revision } = store);
    await store.close();
    report.answered += answered.length;
    report.unanswered += checked.written - answered.length;
    progress?.(done, report);
  }
  return report;
}
