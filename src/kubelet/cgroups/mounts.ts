/** One mounted cgroup hierarchy of this machine. */
export interface CgroupHierarchy {
  readonly path: string;
  readonly version: 1 | 2;
  /** Of version 1: what it controls, e.g. `cpu`; empty for version 2. */
  readonly controllers: readonly string[];
}

const knownControllers = new Set([
  'blkio',
  'cpu',
  'cpuacct',
  'cpuset',
  'devices',
  'freezer',
  'hugetlb',
  'memory',
  'misc',
  'net_cls',
  'net_prio',
  'perf_event',
  'pids',
  'rdma',
  'name=systemd',
]);

/** The hierarchies in the text of `/proc/self/mountinfo`: version 2 alone, version 1, or both side by side. */
export function cgroupHierarchies(mountinfo: string): readonly CgroupHierarchy[] {
  const hierarchies = mountinfo.split('\n').flatMap((line): CgroupHierarchy[] => {
    const [left = '', right = ''] = line.split(' - ', 2);
    const path = left.split(' ')[4];
    const [type, , options = ''] = right.split(' ');
    if (path === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
    const controllers = options.split(',').filter((option) => knownControllers.has(option));
    return [{ path, version: type === 'cgroup2' ? 2 : 1, controllers: type === 'cgroup2' ? [] : controllers }];
  });
  return hierarchies.filter(({ path }, index) => hierarchies.findIndex((other) => other.path === path) === index);
}

/** Whether resources are set in version 2: only where no hierarchy of version 1 controls any. */
export function isUnified(hierarchies: readonly CgroupHierarchy[]): boolean {
  return !hierarchies.some(({ version, controllers }) => version === 1 && controllers.includes('memory'));
}
