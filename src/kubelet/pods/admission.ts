import type { Container, ResourceRequirements } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { quantityMilliValue, quantityValue, tryParseQuantity } from '../../api/values/quantity.ts';
import { isSidecar } from './names.ts';

/** Why a pod may not run on the node; it fails at once. */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/** Amounts by resource: CPU in thousandths of a core, everything else whole. */
type Amounts = ReadonlyMap<string, bigint>;

function amounts(list: Readonly<Record<string, string>> = {}): Amounts {
  return new Map(
    Object.entries(list).map(([name, text]) => {
      const quantity = tryParseQuantity(text);
      if (quantity === undefined) return [name, 0n];
      return [name, name === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity)];
    }),
  );
}

function combined(a: Amounts, b: Amounts, combine: (x: bigint, y: bigint) => bigint): Amounts {
  return new Map(
    [...new Set([...a.keys(), ...b.keys()])].map((name) => [name, combine(a.get(name) ?? 0n, b.get(name) ?? 0n)]),
  );
}
const plus = (a: Amounts, b: Amounts): Amounts => combined(a, b, (x, y) => x + y);
const atLeast = (a: Amounts, b: Amounts): Amounts => combined(a, b, (x, y) => (x > y ? x : y));

const requestsOf = ({ requests, limits }: ResourceRequirements): Amounts => amounts({ ...limits, ...requests });

/** What a pod asks for at its peak: its containers and sidecars together, or an init container and the sidecars before it. */
export function podRequests({ spec }: Pod): Amounts {
  const own = (container: Container): Amounts => requestsOf(container.resources);
  let sidecars: Amounts = new Map();
  let initial: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    if (isSidecar(container)) sidecars = plus(sidecars, own(container));
    initial = atLeast(initial, isSidecar(container) ? sidecars : plus(sidecars, own(container)));
  }
  const running = spec.containers.map(own).reduce(plus, sidecars);
  const peak = atLeast(running, initial);
  const whole =
    spec.resources === undefined ? peak : combined(requestsOf(spec.resources), peak, (x, y) => (x > 0n ? x : y));
  return plus(whole, amounts(spec.overhead));
}

/** What a pod may set of its own kernel without touching the node or other pods (https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/). */
const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

/** Refuses kernel settings that are unsafe, or not the pod's own because it shares the node's. */
function forbiddenSysctl({ spec }: Pod): Rejection | undefined {
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    const dotted = name.replaceAll('/', '.');
    const shared = dotted.startsWith('net.') ? spec.hostNetwork === true : spec.hostIPC === true;
    if (safeSysctls.has(dotted) && !shared) continue;
    return { reason: 'SysctlForbidden', message: `forbidden sysctl: ${JSON.stringify(dotted)} not allowlisted` };
  }
  return undefined;
}

interface HostPort {
  readonly address: string;
  readonly key: string;
}

function hostPorts({ spec }: Pod): readonly HostPort[] {
  const staying = [...spec.containers, ...(spec.initContainers ?? []).filter(isSidecar)];
  return staying
    .flatMap(({ ports = [] }) => ports)
    .filter(({ hostPort = 0 }) => hostPort > 0)
    .map(({ hostIP, hostPort, protocol = 'TCP' }) => ({
      address: hostIP === undefined || hostIP === '' ? '0.0.0.0' : hostIP,
      key: `${hostPort}/${protocol}`,
    }));
}

/** Refuses a pod whose ports of the node somebody has already. */
function takenHostPort(pod: Pod, others: readonly Pod[]): Rejection | undefined {
  const taken = others.flatMap(hostPorts);
  const overlap = (a: HostPort, b: HostPort): boolean =>
    a.key === b.key && (a.address === b.address || a.address === '0.0.0.0' || b.address === '0.0.0.0');
  if (!hostPorts(pod).some((port) => taken.some((other) => overlap(port, other)))) return undefined;
  const message = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
  return { reason: 'NodePorts', message };
}

const osLabel = 'kubernetes.io/os';

/** Refuses a pod that says it is made for another system. */
function wrongPlace({ metadata, spec }: Pod): Rejection | undefined {
  if ((metadata.labels?.[osLabel] ?? 'linux') !== 'linux') {
    const message = `Failed to admit pod as the \`${osLabel}\` label doesn't match node label`;
    return { reason: 'PodOSSelectorNodeLabelDoesNotMatch', message };
  }
  if ((spec.os?.name ?? 'linux') !== 'linux') {
    return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  }
  return undefined;
}

/** Whether a resource is one that somebody adds to a node, rather than one that every node has. */
const isExtended = (name: string): boolean => name.includes('/') && !name.includes('kubernetes.io/');

/** Whether a pod may run, and fits, beside `others`, those that run on the node; upstream's wording. */
export function admit(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
): Rejection | undefined {
  const wrong = wrongPlace(pod);
  if (wrong !== undefined) return wrong;
  const forbidden = forbiddenSysctl(pod);
  if (forbidden !== undefined) return forbidden;
  const taken = takenHostPort(pod, others);
  if (taken !== undefined) return taken;
  const room = amounts(allocatable);
  const used = others.map(podRequests).reduce(plus, new Map([['pods', BigInt(others.length)]]));
  const wanted = new Map([['pods', 1n], ...podRequests(pod)]);
  for (const [name, amount] of wanted) {
    const capacity = room.get(name) ?? 0n;
    // The scheduler counts what others have added to the Node; the kubelet knows nothing of it.
    if (isExtended(name) && !room.has(name)) continue;
    const inUse = used.get(name) ?? 0n;
    if (amount === 0n || inUse + amount <= capacity) continue;
    const message = `Node didn't have enough resource: ${name}, requested: ${amount}, used: ${inUse}, capacity: ${capacity}`;
    return { reason: `OutOf${name}`, message };
  }
  return undefined;
}
