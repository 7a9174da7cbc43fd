import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseScrape } from './scrape.ts';
import { nodeUsage, usageList, windowText } from './usage.ts';

interface Line {
  readonly at: number;
  readonly cpu: number;
  readonly memory: number;
  readonly started: number;
}

const scrapeOf = (node: Line, containers: Readonly<Record<string, Line>>): ReturnType<typeof parseScrape> => {
  const of = (subject: string, labels: string, { at, cpu, memory, started }: Line): string[] => [
    `# TYPE ${subject}_cpu_usage_seconds_total counter`,
    `${subject}_cpu_usage_seconds_total${labels} ${cpu} ${at}`,
    `${subject}_memory_working_set_bytes${labels} ${memory} ${at}`,
    ...(subject === 'node' ? [] : [`${subject}_start_time_seconds${labels} ${started / 1000}`]),
  ];
  const named = Object.entries(containers).flatMap(([name, line]) =>
    of('container', `{container="${name}",namespace="default",pod="web"}`, line),
  );
  return parseScrape([...named, ...of('node', '', node), 'pod_cpu_usage_seconds_total{pod="web"} 1 2', 'x'].join('\n'));
};

test('the use of CPU is what has been used between two moments', () => {
  const before = scrapeOf(
    { at: 10_000, cpu: 100, memory: 1, started: 0 },
    {
      steady: { at: 10_000, cpu: 1, memory: 2048, started: 1000 },
      restarted: { at: 10_000, cpu: 9, memory: 1, started: 1000 },
      gone: { at: 10_000, cpu: 9, memory: 1, started: 1000 },
    },
  );
  const now = scrapeOf(
    { at: 14_000, cpu: 106, memory: 3 * 1024 ** 2, started: 0 },
    {
      steady: { at: 14_000, cpu: 1.5, memory: 2048, started: 1000 },
      restarted: { at: 14_000, cpu: 0.5, memory: 1000, started: 13_000 },
      fresh: { at: 14_000, cpu: 0.002, memory: 0, started: 12_000 },
      'too fresh': { at: 14_000, cpu: 1, memory: 1, started: 13_900 },
    },
  );
  const { node, containers } = nodeUsage(before, now);
  assert.deepEqual([node?.windowMs, node && usageList(node)], [4000, { cpu: '1500m', memory: '3Mi' }]);
  const shown = [...containers].map(([key, usage]) => [key, usage.windowMs, usageList(usage)]);
  assert.deepEqual(shown, [
    ['default/web/steady', 4000, { cpu: '125m', memory: '2Ki' }],
    ['default/web/restarted', 1000, { cpu: '500m', memory: '1000' }],
    ['default/web/fresh', 2000, { cpu: '1m', memory: '0' }],
  ]);
});

test('quantities and windows are written as Go writes them', () => {
  const cpu = (nanoCores: number): string => usageList({ at: 0, windowMs: 0, nanoCores, memoryBytes: 0 }).cpu;
  assert.deepEqual([0, 2e9, 1_234_567, 5000].map(cpu), ['0', '2', '1234567n', '5u']);
  assert.deepEqual([2000, 15_023, 62_500].map(windowText), ['2s', '15.023s', '1m2.5s']);
});
