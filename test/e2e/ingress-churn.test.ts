import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, ports, useCluster, whyNotHere } from './cluster.ts';
import { rule, secret, SteadyLoad, Stream, workload } from './ingress-load.ts';

// The short form of test/soak/ingress-churn.ts.
describe('change without loss', { skip: whyNotHere() ?? false }, () => {
  const cluster = useCluster();
  const load = new SteadyLoad(ports.http);
  const names = ['churn', 'steady'];
  const streams: Stream[] = [];
  before(async () => {
    await cluster.apply(secret());
    await cluster.apply(names.map(workload).join('\n---\n'));
    for (const name of names) await cluster.kubectl(`rollout status deployment/${name} --timeout=90s`);
    for (const name of names) await eventually(name, async () => (await load.ask(`${name}.example`)) === '200');
    for (let at = 0; at < 5; at += 1) streams.push(new Stream(ports.http));
    await eventually('the streams', async () => streams.every(({ received }) => received.includes('101 ')));
  });
  after(async () => {
    for (const stream of streams) stream.end();
    load.end();
    const remove = ['delete', 'deployment,service,ingress,secret', '--ignore-not-found', '--wait=true'];
    await cluster.kubectl([...remove, ...names, 'tls', 'many-0', 'many-1', 'many-2', 'many-3', 'reloads']);
  });

  /** Of what was answered while `work` went on, all that was no 200. */
  async function failures(work: () => Promise<unknown>): Promise<readonly (readonly [string, number])[]> {
    const counts = await load.during('churn.example', 50, work);
    assert.ok((counts.get('200') ?? 0) > 0, 'nothing was asked');
    return [...counts].filter(([answer]) => answer !== '200');
  }

  test('a rolling update loses no request', { timeout: 60_000 }, async () => {
    const failed = await failures(async () => {
      await cluster.kubectl('rollout restart deployment/churn');
      await cluster.kubectl('rollout status deployment/churn --timeout=50s');
      await eventually('the old pods to go', async () => (await cluster.podNames('app=churn')).length === 2);
    });
    assert.deepEqual(failed, []);
  });

  test('rules, reloads and certificates lose no request and no stream', { timeout: 60_000 }, async () => {
    const failed = await failures(async () => {
      for (let round = 0; round < 5; round += 1) {
        const service = round % 2 === 0 ? 'steady' : 'churn';
        const rules = Array.from({ length: 4 }, (_, at) => rule(`many-${at}`, service));
        await cluster.apply([...rules, rule('reloads', service, 200 + round)].join('\n---\n'));
        await cluster.apply(secret());
        await sleep(300);
      }
    });
    assert.deepEqual(failed, []);
    for (const stream of streams) stream.write('still here');
    await eventually('echoes', async () => streams.every(({ received }) => received.endsWith('still here')));
    assert.deepEqual(
      streams.map(({ broken }) => broken),
      streams.map(() => undefined),
    );
  });
});
