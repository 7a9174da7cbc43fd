import type { DaemonSet } from '../../api/apps/daemon-set.schema.ts';
import type { Node } from '../../api/core/node.schema.ts';
import type { NodeSelectorTerm, Toleration } from '../../api/core/scheduling.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Unsaved } from '../../api/object.ts';
import { daemonSets } from '../../api/resources.ts';
import { revisionHashLabel } from '../controller-revisions.ts';
import { matchesNodeSelector } from '../../machinery/node-selector.ts';
import { podFromTemplate } from '../pod-writer.ts';
import { includesLabels } from '../selector.ts';
import { tolerationOf } from '../tolerations.ts';

/** What a daemon's pod puts up with, whatever its template says: it goes down with its node and not before. */
const tolerated: readonly (readonly [key: string, effect: 'NoExecute' | 'NoSchedule'])[] = [
  ['not-ready', 'NoExecute'],
  ['unreachable', 'NoExecute'],
  ['disk-pressure', 'NoSchedule'],
  ['memory-pressure', 'NoSchedule'],
  ['pid-pressure', 'NoSchedule'],
  ['unschedulable', 'NoSchedule'],
];

function tolerationsOf({ spec }: DaemonSet): readonly Toleration[] {
  const { hostNetwork, tolerations = [] } = spec.template.spec;
  const own = hostNetwork === true ? [...tolerated, ['network-unavailable', 'NoSchedule'] as const] : tolerated;
  const added = own.map(([name, effect]): Toleration => {
    return { key: `node.kubernetes.io/${name}`, operator: 'Exists', effect };
  });
  const isThere = ({ key, effect, operator }: Toleration): boolean =>
    tolerations.some((other) => other.key === key && other.effect === effect && other.operator === operator);
  return [...tolerations, ...added.filter((toleration) => !isThere(toleration))];
}

export interface Placement {
  /** A pod is to be started on the node. */
  readonly run: boolean;
  /** A pod that is there may stay. */
  readonly stay: boolean;
}

/** Whether a DaemonSet wants a pod on the node. */
export function placementOn(node: Node, daemonSet: DaemonSet): Placement {
  const { nodeName = '', nodeSelector = {}, affinity } = daemonSet.spec.template.spec;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const fits =
    (nodeName === '' || nodeName === node.metadata.name) &&
    includesLabels(node.metadata.labels, nodeSelector) &&
    (required === undefined || matchesNodeSelector(required, node));
  if (!fits) return { run: false, stay: false };
  const tolerations = tolerationsOf(daemonSet);
  const refused = (node.spec.taints ?? []).filter((taint) => tolerationOf(tolerations, taint) === undefined);
  const stay = refused.every(({ effect }) => effect !== 'NoExecute');
  return { run: stay && refused.every(({ effect }) => effect !== 'NoSchedule'), stay };
}

function generationLabel({ metadata }: DaemonSet): Readonly<Record<string, string>> {
  const generation = metadata.annotations?.['deprecated.daemonset.template.generation'];
  return generation === undefined ? {} : { 'pod-template-generation': generation };
}

/** A pod of the DaemonSet for one node, which the scheduler may place nowhere else. */
export function daemonPod(daemonSet: DaemonSet, node: string, hash: string): Unsaved<Pod> {
  const pod = podFromTemplate(daemonSet.spec.template, { owner: daemonSet, resource: daemonSets });
  const { affinity } = pod.spec;
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [{}];
  const matchFields = [{ key: 'metadata.name', operator: 'In' as const, values: [node] }];
  const nodeSelectorTerms = terms.map((term): NodeSelectorTerm => ({ ...term, matchFields }));
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata.labels, ...generationLabel(daemonSet), [revisionHashLabel]: hash },
    },
    spec: {
      ...pod.spec,
      tolerations: tolerationsOf(daemonSet),
      affinity: {
        ...affinity,
        nodeAffinity: {
          ...affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
        },
      },
    },
  };
}

/** The node that a daemon's pod stands on, or is meant for. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec.nodeName !== undefined && spec.nodeName !== '') return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const fields = required?.nodeSelectorTerms.flatMap(({ matchFields = [] }) => matchFields) ?? [];
  return fields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In')?.values?.[0];
}
