import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '../../src/system/exec.ts';
import type { TestCluster } from '../e2e/cluster.ts';
import { BackgroundCommand, curl, run } from '../e2e/cluster.ts';
import type { Chapter, Expected, Fetch, Step } from './chapter.ts';
import type { Client } from './client-binaries.ts';
import { makeCertificate } from './make-certificate.ts';
import { expectedText, firstDifference, normalise } from './expected-text.ts';

const patienceMs = 30_000;

/** Runs a chapter with one client, at one node; resolves to a description of each step whose outcome was not the expected one. */
export async function runChapter(
  cluster: TestCluster,
  client: Client,
  chapter: Chapter,
  node: string,
): Promise<readonly string[]> {
  const chapterRun = new ChapterRun(cluster, client, chapter, node);
  await chapterRun.begin();
  try {
    return await chapterRun.attemptAll(chapter.steps);
  } finally {
    await chapterRun.end();
  }
}

class ChapterRun {
  readonly #client: Client;
  readonly #chapter: Chapter;
  readonly #env: NodeJS.ProcessEnv;
  readonly #namespace: string;
  readonly #folder: string;
  /** What stands for `{name}` in the texts of steps. */
  readonly #kept: Map<string, string>;

  constructor(cluster: TestCluster, client: Client, chapter: Chapter, node: string) {
    this.#client = client;
    this.#chapter = chapter;
    this.#namespace = `${chapter.name}-${client.name}`;
    this.#folder = mkdtempSync(join(tmpdir(), `cox-${this.#namespace}-`));
    this.#env = { ...cluster.environment, HOME: this.#folder, KUBECACHEDIR: join(tmpdir(), 'cox-clients-cache') };
    this.#kept = new Map(Object.entries({ ns: this.#namespace, tmp: this.#folder, client: client.name, node }));
  }

  async begin(): Promise<void> {
    const { exitCode, stderr } = await this.#kubectl(['create', 'namespace', this.#namespace]);
    if (exitCode !== 0) throw new Error(stderr);
    const { files = {}, certificate = false } = this.#chapter;
    for (const [name, content] of Object.entries(files)) writeFileSync(join(this.#folder, name), this.#fill(content));
    if (certificate) this.#kept.set('request', await makeCertificate(this.#folder));
  }

  async end(): Promise<void> {
    await this.#kubectl(['delete', 'namespace', this.#namespace, '--wait=false', '--ignore-not-found']);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async attemptAll(steps: readonly (Step | Fetch)[]): Promise<readonly string[]> {
    const failures: string[] = [];
    for (const step of steps) {
      if ('fetch' in step) failures.push(...(await this.#fetch(step)));
      else if (this.#client.minor >= (step.from ?? 0) && this.#client.minor <= (step.until ?? Infinity))
        failures.push(...(await this.#attempt(step)));
    }
    return failures;
  }

  async #fetch({ fetch, answers }: Fetch): Promise<readonly string[]> {
    const url = this.#fill(fetch);
    const problems = this.#compare('the answer', await curl(url), answers);
    return problems.map((problem) => `${url}: ${problem}`);
  }

  async #attempt(step: Step): Promise<readonly string[]> {
    const end = performance.now() + (step.eventually === true ? patienceMs : 0);
    const words = this.#wordsOf(step);
    const once = step.ready === undefined ? this.#toItsEnd.bind(this) : this.#whilst.bind(this);
    for (;;) {
      const problems = await once(step, words);
      if (problems.length === 0) return [];
      if (performance.now() >= end) return [`kubectl ${commandLine(words)}\n${problems.join('\n')}`];
      await sleep(100);
    }
  }

  async #toItsEnd(step: Step, words: readonly string[]): Promise<readonly string[]> {
    const { stdout, stderr, exitCode } = await this.#kubectl(words, step);
    const problems: string[] = [];
    if (exitCode !== (step.exits ?? 0)) problems.push(`exit code ${exitCode} instead of ${step.exits ?? 0}`);
    if (step.prints !== undefined) problems.push(...this.#compare('stdout', stdout, step.prints));
    problems.push(...this.#compare('stderr', stderr, step.says ?? ''));
    if (step.keeps !== undefined) this.#kept.set(step.keeps, stdout.trim());
    if (problems.length > 0 && step.prints === undefined && stdout !== '') problems.push(`stdout:\n${stdout}`);
    return problems;
  }

  async #whilst(step: Step, words: readonly string[]): Promise<readonly string[]> {
    const command = new BackgroundCommand(this.#argvOf(step, words), { ...this.#env, ...step.env });
    const { ready = /^/, prints } = step;
    try {
      const { groups = {} } = await command.printed(ready, patienceMs);
      for (const [name, value] of Object.entries(groups)) this.#kept.set(name, value);
      const failures = await this.attemptAll(step.whilst ?? []);
      if (prints === undefined || failures.length > 0) return failures;
      const end = performance.now() + patienceMs;
      while (performance.now() < end && this.#compare('output', command.output, prints).length > 0) await sleep(50);
      return this.#compare('output', command.output, prints);
    } catch (error) {
      return [String(error)];
    } finally {
      await command.stop();
    }
  }

  #compare(what: string, actual: string, expected: Expected): readonly string[] {
    const value = typeof expected === 'function' ? expected(this.#client.minor) : expected;
    const output = normalise(actual);
    if (typeof value !== 'string') return value.test(output) ? [] : [`${what} does not match ${value}:\n${output}`];
    const text = this.#fill(value);
    return expectedText(text).test(output) ? [] : [`${what}:\n${firstDifference(output, text)}`];
  }

  #fill(text: string): string {
    return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => this.#kept.get(name) ?? whole);
  }

  #wordsOf({ run: words }: Step): readonly string[] {
    return (typeof words === 'string' ? words.split(' ') : words).map((word) => this.#fill(word));
  }

  #argvOf({ terminal }: Step, words: readonly string[]): readonly string[] {
    const argv = [this.#client.kubectl, '-n', this.#namespace, ...words];
    return terminal === true ? ['script', '--quiet', '--return', '--command', commandLine(argv), '/dev/null'] : argv;
  }

  #kubectl(words: readonly string[], step: Step = { run: words }) {
    const input = step.input === undefined ? {} : { input: this.#fill(step.input) };
    return run(this.#argvOf(step, words), { env: { ...this.#env, ...step.env }, timeoutMs: 90_000, ...input });
  }
}
