/**
 * Changes everything that Ingress depends on while requests go through it, and counts what fails: as root,
 * `node test/soak/ingress-churn.ts [SECONDS] [REQUESTS_A_SECOND]`, 60 and 2,000 when left out. Ends with 1 where a
 * request failed that should not have, or an open stream broke. Starts a cluster of its own and deletes it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterPaths } from '../../src/cluster/paths.ts';
import { eventually, TestCluster } from '../e2e/cluster.ts';
import { rule, secret, SteadyLoad, Stream, workload } from '../e2e/ingress-load.ts';

const [seconds, rate] = [Number(process.argv[2] ?? 60), Number(process.argv[3] ?? 2000)];
const ports = { api: 29443, http: 29080, https: 29444, nodePorts: '29500-29599' };
const cluster = new TestCluster('soak-ingress', [
  '--api-port',
  String(ports.api),
  '--http-port',
  String(ports.http),
  '--https-port',
  String(ports.https),
  '--node-port-range',
  ports.nodePorts,
]);
const load = new SteadyLoad(ports.http);
const begun = performance.now();
const say = (text: string): void => console.log(`${((performance.now() - begun) / 1000).toFixed(1)} s  ${text}`);

async function underLoad(what: string, work: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
  const start = performance.now();
  const retriedBefore = load.retried;
  const counts = await load.during('churn.example', rate, work);
  const sum = [...counts.values()].reduce((all, count) => all + count, 0);
  const perSecond = Math.round(sum / ((performance.now() - start) / 1000));
  say(`${what}: ${perSecond} requests/s, ${[...counts].map(([answer, count]) => `${count} × ${answer}`).join(', ')}`);
  if (load.retried > retriedBefore) say(`${load.retried - retriedBefore} of them on a second connection`);
  return counts;
}

/** The masters, and then all their workers, those of old generations included. */
function nginxProcesses(): { readonly masters: readonly number[]; readonly workers: readonly number[] } {
  const { processes } = clusterPaths('soak-ingress');
  const masters = readdirSync(processes)
    .filter((file) => file.endsWith('.nginx.json'))
    .map((file) => (JSON.parse(readFileSync(join(processes, file), 'utf8')) as { pid: number }).pid);
  const workers = masters.flatMap((pid) =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return { masters, workers };
}

/** One of a process's numbers in kB; 0 for one that has ended. */
function kilobytes(pid: number, file: string, name: string): number {
  try {
    return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Of all nginx processes of the cluster, in MB: what they occupy together, and the sum of their resident sets. */
function nginxMemory(): { readonly megabytes: number; readonly text: string } {
  const { masters, workers } = nginxProcesses();
  const sum = (file: string, name: string): number =>
    Math.round([...masters, ...workers].reduce((all, pid) => all + kilobytes(pid, file, name), 0) / 1024);
  const megabytes = sum('smaps_rollup', 'Pss');
  return {
    megabytes,
    text: `nginx ${megabytes} MB (RSS ${sum('status', 'VmRSS')} MB) in ${workers.length} workers`,
  };
}

const rollout = (): Promise<string> => cluster.kubectl('rollout status deployment/churn --timeout=90s');
const bad: string[] = [];
const expect = (answers: ReadonlyMap<string, number>, ...allowed: readonly string[]): void => {
  for (const [answer, count] of answers) if (!allowed.includes(answer)) bad.push(`${count} × ${answer}`);
};

try {
  await cluster.up();
  await cluster.loadImages();
  await cluster.apply(secret());
  for (const name of ['churn', 'steady']) await cluster.apply(workload(name));
  for (const name of ['churn', 'steady']) await cluster.kubectl(`rollout status deployment/${name} --timeout=90s`);
  for (const name of ['churn', 'steady'])
    await eventually(name, async () => (await load.ask(`${name}.example`)) === '200');
  const streams = Array.from({ length: 20 }, () => new Stream(ports.http));
  await eventually('the streams', async () => streams.every(({ received }) => received.includes('101 ')));
  // nginx ends what is silent for longer than a rule's time limit.
  const talk = setInterval(() => streams.forEach((stream) => stream.write('.')), 2000).unref();
  const before = { ...nginxMemory(), workers: nginxProcesses().workers.length };
  say(`ready; ${before.text}`);

  const rolled = await underLoad('rolling update', async () => {
    await cluster.kubectl('rollout restart deployment/churn');
    await rollout();
    // The old pods are on their way until here.
    await sleep(4000);
  });
  expect(rolled, '200');

  let changes = 0;
  const churned = await underLoad('rules', async () => {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      // 20 in one write, at most one a second: one of them needs a reload, and one is broken.
      const rest = sleep(1000);
      const rules = Array.from({ length: 18 }, (_, at) => rule(`many-${at}`, changes % 40 < 20 ? 'churn' : 'steady'));
      const refused = rule('refused', 'steady')
        .replace('path: /,', `path: "/(${changes}", `)
        .replace('Prefix', 'ImplementationSpecific')
        .replace('annotations: {', 'annotations: { nginx.ingress.kubernetes.io/use-regex: "true",');
      // Each holds the generation of nginx's processes that took it.
      if (changes % 200 === 0) streams.push(new Stream(ports.http));
      await cluster.apply([...rules, rule('reloads', 'churn', 100 + (changes % 1000)), refused].join('\n---\n'));
      changes += 20;
      await rest;
    }
  });
  say(`${changes} changes of rules; ${nginxMemory().text}`);
  expect(churned, '200');

  const rotated = await underLoad('certificates', async () => {
    for (let round = 0; round < 10; round += 1) await cluster.apply(secret());
  });
  expect(rotated, '200');

  const scaled = await underLoad('to no pod and back', async () => {
    await cluster.kubectl('scale deployment/churn --replicas=0');
    await eventually('503', async () => (await load.ask('churn.example')) === '503');
    await cluster.kubectl('scale deployment/churn --replicas=2');
    await rollout();
    await eventually('200', async () => (await load.ask('churn.example')) === '200');
  });
  // The last pods are asked until they end: they are all that is left. What they leave unanswered is no 503.
  expect(scaled, '200', '502', '503', '504');
  expect(await underLoad('afterwards', () => sleep(2000)), '200');

  clearInterval(talk);
  for (const stream of streams) stream.write('still here');
  await eventually(
    'the streams',
    async () => streams.every(({ received }) => received.endsWith('still here')),
    5000,
  ).catch(() => undefined);
  const lost = streams.filter(({ received, broken }) => broken !== undefined || !received.endsWith('still here'));
  say(`${streams.length - lost.length} of ${streams.length} streams are open still; ${nginxMemory().text}`);
  if (lost.length > 0) bad.push(`${lost.length} streams broke: ${lost[0]?.broken ?? 'no echo'}`);
  const named = await cluster.kubectl('get events --field-selector involvedObject.name=refused,type=Warning');
  if (!named.includes('is no regular expression')) bad.push('the Ingress that nginx would refuse is not named');
  for (const stream of streams) stream.end();
  // With their last streams the old generations end, and their memory is given back.
  const generationsEnd = async (): Promise<boolean> => nginxProcesses().workers.length <= before.workers;
  await eventually('the end of the old generations', generationsEnd, 30_000).catch(() => undefined);
  const after = nginxMemory();
  say(`without streams: ${after.text}`);
  if (!(await generationsEnd())) bad.push('workers of old generations go on without streams');
  if (after.megabytes > before.megabytes * 1.5 + 10) bad.push(`${before.text} before, ${after.text} after`);
} finally {
  load.end();
  await cluster.cox('delete');
}
say(bad.length === 0 ? 'nothing failed' : `FAILED: ${bad.join('; ')}`);
process.exitCode = bad.length === 0 ? 0 : 1;
