import { isDeepStrictEqual } from 'node:util';
import type { ContainerImage, Node, NodeCondition, NodeStatus } from '../../api/core/node.schema.ts';
import type { Unsaved } from '../../api/object.ts';
import { formatQuantity, parseQuantity } from '../../api/values/quantity.ts';
import { timestamp } from '../pods/status/container-statuses.ts';
import type { Machine, MachineRoom } from './machine.ts';

export interface NodeFacts {
  readonly name: string;
  readonly hostname: string;
  readonly addresses: readonly string[];
  readonly kubeletPort: number;
  readonly kubernetesVersion: string;
  readonly maxPods: number;
  readonly machine: Machine;
}

/** What the runtime says of itself. */
export interface RuntimeHealth {
  /** `containerd://1.6.20`; empty while it has not answered. */
  readonly version: string;
  /** Why no pod can be run; undefined when all is well. */
  readonly complaint: string | undefined;
}

/** Below these the node counts as short of something. Disks are often nearly full on machines that do other things, too. */
const leastMemory = 100 * 1024 * 1024;
const leastDiskShare = 0.02;
const leastPids = 200;

/** Amounts that pods may have: what the machine has, less what the node keeps for itself. */
export function nodeCapacity({ machine, maxPods }: NodeFacts): {
  capacity: Record<string, string>;
  allocatable: Record<string, string>;
} {
  const kibibytes = (bytes: number): string => formatQuantity(parseQuantity(`${Math.floor(bytes / 1024)}Ki`));
  const capacity = {
    cpu: String(machine.cpus),
    'ephemeral-storage': kibibytes(machine.disk),
    memory: kibibytes(machine.memory),
    pods: String(maxPods),
  };
  return {
    capacity,
    allocatable: {
      ...capacity,
      'ephemeral-storage': kibibytes(machine.disk * (1 - leastDiskShare)),
      memory: kibibytes(Math.max(0, machine.memory - leastMemory)),
    },
  };
}

/** The labels that a node's kubelet sets on it. */
export function nodeLabels({ hostname, machine }: NodeFacts): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': machine.architecture,
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': machine.architecture,
    'kubernetes.io/hostname': hostname,
    'kubernetes.io/os': 'linux',
  };
}

/** A node as it is first registered. */
export function newNode(facts: NodeFacts, status: NodeStatus): Unsaved<Node> {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: facts.name,
      labels: nodeLabels(facts),
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: {},
    status,
  };
}

export interface NodeStatusInput {
  readonly facts: NodeFacts;
  readonly runtime: RuntimeHealth;
  readonly room: MachineRoom;
  readonly images: readonly ContainerImage[];
  /** The conditions as the API has them. */
  readonly before: readonly NodeCondition[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** All of a node's status that its kubelet writes. Pure. */
export function nodeStatus(input: NodeStatusInput): NodeStatus {
  const { facts, runtime, images } = input;
  const { machine } = facts;
  return {
    ...nodeCapacity(facts),
    conditions: nodeConditions(input),
    addresses: [
      ...facts.addresses.map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: facts.hostname },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.kubeletPort } },
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: runtime.version,
      kubeletVersion: facts.kubernetesVersion,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: machine.architecture,
    },
    ...(images.length === 0 ? {} : { images }),
  };
}

function nodeConditions({ runtime, room, before, now }: NodeStatusInput): readonly NodeCondition[] {
  const shortOf = {
    memory: room.memoryAvailable < leastMemory,
    disk: room.diskAvailable < room.diskSize * leastDiskShare,
    pids: room.pidsAvailable < leastPids,
  };
  const pressure = (
    type: string,
    short: boolean,
    reasons: readonly [string, string],
    messages: readonly [string, string],
  ) => ({
    type,
    status: short ? 'True' : 'False',
    reason: short ? reasons[0] : reasons[1],
    message: short ? messages[0] : messages[1],
  });
  const verdicts = [
    pressure(
      'MemoryPressure',
      shortOf.memory,
      ['KubeletHasInsufficientMemory', 'KubeletHasSufficientMemory'],
      ['kubelet has insufficient memory available', 'kubelet has sufficient memory available'],
    ),
    pressure(
      'DiskPressure',
      shortOf.disk,
      ['KubeletHasDiskPressure', 'KubeletHasNoDiskPressure'],
      ['kubelet has disk pressure', 'kubelet has no disk pressure'],
    ),
    pressure(
      'PIDPressure',
      shortOf.pids,
      ['KubeletHasInsufficientPID', 'KubeletHasSufficientPID'],
      ['kubelet has insufficient PID available', 'kubelet has sufficient PID available'],
    ),
    runtime.complaint === undefined
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: runtime.complaint },
  ];
  return verdicts.map((verdict) => {
    const last = before.find(({ type }) => type === verdict.type);
    const since = last?.status === verdict.status ? last.lastTransitionTime : undefined;
    return { ...verdict, lastHeartbeatTime: timestamp(now), lastTransitionTime: since ?? timestamp(now) };
  });
}

/** Whether two statuses say the same but for when they said it. */
export function sameNodeStatus(a: NodeStatus, b: NodeStatus): boolean {
  return isDeepStrictEqual(withoutHeartbeat(a), withoutHeartbeat(b));
}

function withoutHeartbeat(status: NodeStatus): unknown {
  return {
    ...status,
    conditions: (status.conditions ?? []).map((condition) => ({ ...condition, lastHeartbeatTime: undefined })),
  };
}
