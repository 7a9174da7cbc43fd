/** What differs from one node's containerd to another's. All paths are absolute. */
export interface ContainerdOptions {
  /** Images, snapshots and metadata: kept over a restart of the machine. */
  readonly rootDirectory: string;
  /** Sockets and mounts: on a tmpfs. */
  readonly stateDirectory: string;
  readonly socket: string;
  readonly cni: { readonly binDirectory: string; readonly configDirectory: string };
  /** The folder that `registryHosts` fills. */
  readonly registryConfigDirectory: string;
  readonly sandboxImage: string;
  /** False where the machine denies CAP_SYS_RESOURCE: no process may then lower its own oom_score_adj. */
  readonly canLowerOomScore: boolean;
  /** False where the machine does without AppArmor. */
  readonly appArmor?: boolean;
  readonly snapshotter?: string;
  readonly maxConcurrentDownloads?: number;
  readonly logLevel?: 'info' | 'warn' | 'error' | 'debug';
}

/** Plugins that no pod of ours needs; each one costs start-up time, and some log errors on most machines. */
const unusedPlugins = [
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.tracing',
  'io.containerd.monitor.v1.cgroups',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.native',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.tracing.processor.v1.otlp',
] as const;

/** containerd's configuration file (version 2, for containerd 1.6 and 1.7) as TOML text. */
export function containerdConfig(options: ContainerdOptions): string {
  const snapshotter = options.snapshotter ?? 'overlayfs';
  const disabled = unusedPlugins.filter((plugin) => !plugin.endsWith(`.${snapshotter}`));
  return [
    'version = 2',
    `root = ${toml(options.rootDirectory)}`,
    `state = ${toml(options.stateDirectory)}`,
    `disabled_plugins = [${disabled.map(toml).join(', ')}]`,
    ...table('grpc', { address: options.socket }),
    ...table('debug', { level: options.logLevel ?? 'warn' }),
    ...table('plugins."io.containerd.grpc.v1.cri"', {
      sandbox_image: options.sandboxImage,
      stream_server_address: '127.0.0.1',
      stream_server_port: '0',
      disable_apparmor: options.appArmor === false,
      // As containerd 2 does: a pod's network namespace is its own, so low ports and ping need no privilege there.
      enable_unprivileged_ports: true,
      enable_unprivileged_icmp: true,
      max_concurrent_downloads: options.maxConcurrentDownloads ?? 3,
      netns_mounts_under_state_dir: true,
      restrict_oom_score_adj: !options.canLowerOomScore,
      systemd_cgroup: false,
      tolerate_missing_hugetlb_controller: true,
    }),
    ...table('plugins."io.containerd.grpc.v1.cri".cni', {
      bin_dir: options.cni.binDirectory,
      conf_dir: options.cni.configDirectory,
    }),
    ...table('plugins."io.containerd.grpc.v1.cri".containerd', { snapshotter, default_runtime_name: 'runc' }),
    ...table('plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc', { runtime_type: 'io.containerd.runc.v2' }),
    ...table('plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options', {
      // Its usual place is shared by all containerds of a machine, and would be left behind with this one's containers.
      Root: `${options.stateDirectory}/runc`,
      SystemdCgroup: false,
    }),
    ...table('plugins."io.containerd.grpc.v1.cri".registry', { config_path: options.registryConfigDirectory }),
    '',
  ].join('\n');
}

function table(name: string, values: Readonly<Record<string, string | number | boolean>>): string[] {
  return ['', `[${name}]`, ...Object.entries(values).map(([key, value]) => `  ${key} = ${toml(value)}`)];
}

/** A TOML value; its basic strings take JSON's escapes. */
export function toml(value: string | number | boolean | readonly string[]): string {
  return JSON.stringify(value);
}
