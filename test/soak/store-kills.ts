// Kills a store's writer in the middle of its writes, again and again, and checks what is left:
//   node test/soak/store-kills.ts [sqlite|etcd] [KILLS] [SEED]
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { startEtcd, withoutEtcd } from '../../src/store/etcd/testing/etcd.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { KillReport } from '../../src/store/testing/kills.ts';
import { killAgainAndAgain } from '../../src/store/testing/kills.ts';

const [, , driver = 'sqlite', count = '1000', seed = String(Date.now() % 1e6)] = process.argv;
const logger = pino({ level: 'warn' });
const writer = (name: string, ...args: readonly string[]): readonly string[] => [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  join(import.meta.dirname, `../../src/store/${name}/testing/writer.ts`),
  ...args,
];

const said = ({ answered, unanswered, early }: KillReport): string =>
  `${answered} writes answered, ${unanswered} kept without an answer, ${early} kills before any`;
let last = 0;
function progress(kills: number, report: KillReport): void {
  if (kills - last < 50) return;
  last = kills;
  process.stdout.write(`${kills} kills: ${said(report)}\n`);
}
const options = { kills: Number(count), seed: Number(seed), mostAnswers: 8000, progress };

async function sqlite(): Promise<KillReport> {
  // On a real disk: not where temporary files may lie in memory.
  const directory = mkdtempSync('/var/tmp/cox-kills-');
  const open = () => openSqliteStore({ directory, logger });
  const report = await killAgainAndAgain({ writer: writer('sqlite', directory), open }, options);
  rmSync(directory, { recursive: true });
  return report;
}

/** Now and then etcd is killed, too. */
async function etcd(): Promise<KillReport> {
  await using server = await startEtcd();
  const prefix = '/kills';
  const open = () => openEtcdStore({ endpoints: [server.url], prefix, logger });
  const disturb = async (): Promise<void> => {
    await server.kill();
    await server.restart();
  };
  return await killAgainAndAgain({ writer: writer('etcd', server.url, prefix), open, disturb }, options);
}

const runs: Readonly<Record<string, () => Promise<KillReport>>> = { sqlite, etcd };
const run = runs[driver];
if (run === undefined || !(options.kills > 0) || (driver === 'etcd' && withoutEtcd !== false)) {
  process.stderr.write(
    `usage: store-kills.ts [sqlite|etcd] [KILLS] [SEED]${withoutEtcd === false ? '' : `; ${withoutEtcd}`}\n`,
  );
  process.exit(2);
}
process.stdout.write(`${driver}, ${options.kills} kills, seed ${options.seed}\n`);
const started = performance.now();
const report = await run();
const seconds = Math.round((performance.now() - started) / 1000);
process.stdout.write(`${options.kills} kills in ${seconds} s, nothing lost: ${said(report)}\n`);
