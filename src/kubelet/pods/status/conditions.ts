import type { Pod } from '../../../api/core/pod.schema.ts';
import type { ContainerStatus, PodCondition } from '../../../api/core/pod-status.schema.ts';
import { isSidecar } from '../names.ts';
import type { PodPhase } from './phase.ts';
import { hasStarted } from './phase.ts';

/** What a condition says, before it is known since when. */
export interface ConditionVerdict {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

/** The conditions that the kubelet writes; others belong to whoever set them. */
export const kubeletConditions: ReadonlySet<string> = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'PodResizePending',
  'PodResizeInProgress',
]);

export interface ConditionsInput {
  readonly pod: Pod;
  readonly phase: PodPhase;
  /** Of init and regular containers. */
  readonly statuses: readonly ContainerStatus[];
  /** A sandbox that is up and has an address of its own, or none to have. */
  readonly sandboxReady: boolean;
  /** All conditions that others set: readiness gates look at them. */
  readonly foreign: readonly PodCondition[];
}

/** The kubelet's conditions of a pod, in upstream's order. */
export function podConditions(input: ConditionsInput): readonly ConditionVerdict[] {
  const containersReady = containersReadyCondition(input);
  return [
    { type: 'PodReadyToStartContainers', status: input.sandboxReady ? 'True' : 'False' },
    initializedCondition(input),
    readyCondition(input, containersReady),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
  ];
}

/** Container names as Go prints a list. */
const listed = (names: readonly string[]): string => `[${names.join(' ')}]`;

interface Complaints {
  readonly unknown: string[];
  readonly unready: string[];
}

function complaintText({ unknown, unready }: Complaints, word: 'unready' | 'incomplete'): string {
  return [
    ...(unknown.length === 0 ? [] : [`containers with unknown status: ${listed(unknown)}`]),
    ...(unready.length === 0 ? [] : [`containers with ${word} status: ${listed(unready)}`]),
  ].join(', ');
}

function initializedCondition({ pod, phase, statuses }: ConditionsInput): ConditionVerdict {
  const type = 'Initialized';
  const complaints: Complaints = { unknown: [], unready: [] };
  for (const container of pod.spec.initContainers ?? []) {
    const status = statuses.find(({ name }) => name === container.name);
    if (status === undefined) complaints.unknown.push(container.name);
    else if (isSidecar(container) ? status.started !== true : !status.ready) complaints.unready.push(container.name);
  }
  if (phase === 'Succeeded' && complaints.unknown.length === 0) return { type, status: 'True', reason: 'PodCompleted' };
  const began = pod.spec.containers.some(({ name }) => hasStarted(statuses.find((status) => status.name === name)));
  const message = complaintText(complaints, 'incomplete');
  if (began || message === '') return { type, status: 'True' };
  return { type, status: 'False', reason: 'ContainersNotInitialized', message };
}

function containersReadyCondition({ pod, phase, statuses }: ConditionsInput): ConditionVerdict {
  const type = 'ContainersReady';
  const complaints: Complaints = { unknown: [], unready: [] };
  for (const { name } of [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers]) {
    const status = statuses.find((candidate) => candidate.name === name);
    if (status === undefined) complaints.unknown.push(name);
    else if (!status.ready) complaints.unready.push(name);
  }
  if (phase === 'Succeeded' && complaints.unknown.length === 0)
    return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const message = complaintText(complaints, 'unready');
  return message === '' ? { type, status: 'True' } : { type, status: 'False', reason: 'ContainersNotReady', message };
}

function readyCondition({ pod, foreign }: ConditionsInput, containersReady: ConditionVerdict): ConditionVerdict {
  if (containersReady.status === 'False') return { ...containersReady, type: 'Ready' };
  const messages = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = JSON.stringify(conditionType);
    const condition = foreign.find(({ type }) => type === conditionType);
    if (condition === undefined) return [`corresponding condition of pod readiness gate ${gate} does not exist.`];
    return condition.status === 'True'
      ? []
      : [`the status of pod readiness gate ${gate} is not "True", but ${condition.status}`];
  });
  if (messages.length === 0) return { type: 'Ready', status: 'True' };
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}

/** Adds to each verdict since when it holds: since the last status, where that said the same. */
export function datedConditions(
  verdicts: readonly ConditionVerdict[],
  before: readonly PodCondition[],
  options: { readonly now: string; readonly generation: number | undefined },
): readonly PodCondition[] {
  return verdicts.map((verdict) => {
    const last = before.find(({ type }) => type === verdict.type);
    const same = last?.status === verdict.status && last.lastTransitionTime !== undefined;
    return {
      ...verdict,
      lastTransitionTime: same ? last.lastTransitionTime : options.now,
      ...(options.generation === undefined ? {} : { observedGeneration: options.generation }),
    };
  });
}
