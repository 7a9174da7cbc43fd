import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { qosClass } from '../../api/core/qos-class.ts';
import { quantityMilliValue, quantityValue, tryParseQuantity } from '../../api/values/quantity.ts';

/** What the kernel is told about a container's share of the machine, in cgroup v1's words; runc translates for v2. */
export interface CgroupResources {
  readonly cpuShares: bigint;
  /** Microseconds a period; 0 for no limit. */
  readonly cpuQuota: bigint;
  readonly cpuPeriod: bigint;
  /** Bytes; 0 for no limit. */
  readonly memoryLimit: bigint;
}

const cpuPeriod = 100_000n;
const minimumShares = 2n;
const maximumShares = 262_144n;
const minimumQuota = 1000n;

type Resources = Container['resources'] | undefined;

function milliCpu(text: string | undefined): bigint {
  const quantity = tryParseQuantity(text);
  return quantity === undefined ? 0n : quantityMilliValue(quantity);
}

function bytes(text: string | undefined): bigint {
  const quantity = tryParseQuantity(text);
  return quantity === undefined ? 0n : quantityValue(quantity);
}

/** 1024 shares for a whole core. */
export function cpuShares(milli: bigint): bigint {
  if (milli === 0n) return minimumShares;
  const shares = (milli * 1024n) / 1000n;
  return shares < minimumShares ? minimumShares : shares > maximumShares ? maximumShares : shares;
}

/** How much of each period may be used; 0 for all of it. */
export function cpuQuota(milli: bigint): bigint {
  if (milli === 0n) return 0n;
  const quota = (milli * cpuPeriod) / 1000n;
  return quota < minimumQuota ? minimumQuota : quota;
}

/** The cgroup values of a container; a limit stands in for a request that is not given. */
export function cgroupResources(resources: Resources): CgroupResources {
  const { requests, limits } = resources ?? {};
  const request = requests?.['cpu'] ?? limits?.['cpu'];
  return {
    cpuShares: cpuShares(milliCpu(request)),
    cpuQuota: cpuQuota(milliCpu(limits?.['cpu'])),
    cpuPeriod,
    memoryLimit: bytes(limits?.['memory']),
  };
}

/** The cgroup values of a pod as a whole: the sum of its containers', unlimited where one of them is. */
export function podCgroupResources(pod: Pod): CgroupResources {
  const running = [
    ...pod.spec.containers,
    ...(pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'),
  ];
  const all = running.map(({ resources }) => resources);
  const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
  const total = (values: readonly bigint[]): bigint => (values.includes(0n) ? 0n : sum(values));
  const initial = (pod.spec.initContainers ?? []).map(({ resources }) => resources);
  const most = (value: bigint, others: readonly bigint[]): bigint =>
    value === 0n || others.includes(0n) ? 0n : others.reduce((a, b) => (b > a ? b : a), value);
  const own = pod.spec.resources;
  const cpuLimit =
    own?.limits?.['cpu'] === undefined
      ? most(
          total(all.map((item) => milliCpu(item?.limits?.['cpu']))),
          initial.map((item) => milliCpu(item?.limits?.['cpu'])),
        )
      : milliCpu(own.limits['cpu']);
  const memory =
    own?.limits?.['memory'] === undefined
      ? most(
          total(all.map((item) => bytes(item?.limits?.['memory']))),
          initial.map((item) => bytes(item?.limits?.['memory'])),
        )
      : bytes(own.limits['memory']);
  const request = own?.requests?.['cpu'] ?? own?.limits?.['cpu'];
  const requested =
    request === undefined
      ? sum(all.map((item) => milliCpu(item?.requests?.['cpu'] ?? item?.limits?.['cpu'])))
      : milliCpu(request);
  return { cpuShares: cpuShares(requested), cpuQuota: cpuQuota(cpuLimit), cpuPeriod, memoryLimit: memory };
}

/**
 * How gladly the kernel kills a container when memory runs out: a Guaranteed pod last, a BestEffort pod first, others by
 * how much they asked for (https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-out-of-memory-behavior).
 */
export function oomScoreAdjustment(pod: Pod, container: Container, memoryCapacity: number): bigint {
  if (pod.spec.priorityClassName === 'system-node-critical') return -997n;
  const quality = qosClass(pod.spec);
  if (quality === 'Guaranteed') return -997n;
  if (quality === 'BestEffort') return 1000n;
  const requested = Number(bytes(container.resources?.requests?.['memory']));
  const score = 1000 - Math.floor((1000 * requested) / memoryCapacity);
  return BigInt(Math.min(999, Math.max(3, score)));
}
