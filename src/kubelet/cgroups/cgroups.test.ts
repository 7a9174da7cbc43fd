import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cgroupHierarchies, isUnified } from './mounts.ts';
import { cgroupFiles } from './pod-cgroups.ts';

const line = (path: string, type: string, options: string): string =>
  `30 25 0:27 / ${path} rw,nosuid shared:9 - ${type} ${type} ${options}`;
const resources = { cpuShares: 512n, cpuQuota: 50_000n, cpuPeriod: 100_000n, memoryLimit: 0n };

test('version 2 alone', () => {
  const hierarchies = cgroupHierarchies(line('/sys/fs/cgroup', 'cgroup2', 'rw,nsdelegate'));
  assert.deepEqual(hierarchies, [{ path: '/sys/fs/cgroup', version: 2, controllers: [] }]);
  assert.equal(isUnified(hierarchies), true);
  assert.deepEqual(
    hierarchies.flatMap((hierarchy) => cgroupFiles(hierarchy, true, resources)),
    [
      ['cpu.weight', '20'],
      ['cpu.max', '50000 100000'],
      ['memory.max', 'max'],
    ],
  );
});

test('version 1 beside version 2', () => {
  const text = [
    line('/sys/fs/cgroup/unified', 'cgroup2', 'rw'),
    line('/sys/fs/cgroup/cpu', 'cgroup', 'rw,cpu,cpuacct'),
    line('/sys/fs/cgroup/memory', 'cgroup', 'rw,memory'),
    line('/sys/fs/cgroup/systemd', 'cgroup', 'rw,xattr,name=systemd'),
    line('/proc', 'proc', 'rw'),
  ].join('\n');
  const hierarchies = cgroupHierarchies(text);
  assert.deepEqual(
    hierarchies.map(({ controllers }) => controllers),
    [[], ['cpu', 'cpuacct'], ['memory'], ['name=systemd']],
  );
  const unified = isUnified(hierarchies);
  assert.equal(unified, false);
  assert.deepEqual(
    hierarchies.flatMap((hierarchy) => cgroupFiles(hierarchy, unified, resources)),
    [
      ['cpu.shares', '512'],
      ['cpu.cfs_period_us', '100000'],
      ['cpu.cfs_quota_us', '50000'],
      ['memory.limit_in_bytes', '-1'],
    ],
  );
});
