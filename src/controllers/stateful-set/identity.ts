import type { StatefulSet } from '../../api/apps/stateful-set.schema.ts';
import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PodTemplateSpec } from '../../api/core/pod-template-spec.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Unsaved } from '../../api/object.ts';
import { statefulSets } from '../../api/resources.ts';
import { revisionHashLabel } from '../controller-revisions.ts';
import { podFromTemplate } from '../pod-writer.ts';

const podNameLabel = 'statefulset.kubernetes.io/pod-name';
const podIndexLabel = 'apps.kubernetes.io/pod-index';

/** The name of a set's pod; its hostname, too. */
export function podName({ metadata }: StatefulSet, ordinal: number): string {
  return `${metadata.name}-${ordinal}`;
}

/** The ordinal in the name of a set's pod; undefined for a pod of another name. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const { name } = pod.metadata;
  const prefix = `${set.metadata.name}-`;
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^(?:0|[1-9]\d{0,8})$/.test(digits) ? Number(digits) : undefined;
}

/** The ordinals that the set wants, the first one first. */
export function ordinalsOf({ spec }: StatefulSet): readonly number[] {
  const start = spec.ordinals?.start ?? 0;
  return Array.from({ length: spec.replicas ?? 1 }, (_, index) => start + index);
}

/** The revision that a pod was made from, by name. */
export function revisionOf(pod: Pod): string {
  return pod.metadata.labels?.[revisionHashLabel] ?? '';
}

/** The labels by which a pod of the set can be told from its siblings. */
function identityLabels(set: StatefulSet, ordinal: number): Readonly<Record<string, string>> {
  return { [podNameLabel]: podName(set, ordinal), [podIndexLabel]: String(ordinal) };
}

/** The pod with the labels of its identity; undefined where it has them. */
export function relabelled(set: StatefulSet, pod: Pod, ordinal: number): Pod | undefined {
  const { labels = {} } = pod.metadata;
  const wanted = identityLabels(set, ordinal);
  if (labels[podNameLabel] === wanted[podNameLabel]) return undefined;
  return { ...pod, metadata: { ...pod.metadata, labels: { ...labels, ...wanted } } };
}

/** The claims that a pod of the set lives with, by the names of its volumes. */
export function claimsOf(set: StatefulSet, ordinal: number): ReadonlyMap<string, Unsaved<PersistentVolumeClaim>> {
  const { namespace } = set.metadata;
  const templates = set.spec.volumeClaimTemplates ?? [];
  return new Map(
    templates.map((template) => {
      const { name, labels, annotations } = template.metadata;
      const metadata = {
        name: `${name}-${podName(set, ordinal)}`,
        namespace,
        labels: { ...labels, ...set.spec.selector.matchLabels },
        ...(annotations === undefined ? {} : { annotations }),
      };
      return [name, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: template.spec, status: {} }];
    }),
  );
}

export interface Version {
  /** The name of the revision. */
  readonly name: string;
  readonly template: PodTemplateSpec;
}

/** The pod of an ordinal in a version of the set. */
export function statefulPod(set: StatefulSet, ordinal: number, version: Version): Unsaved<Pod> {
  const name = podName(set, ordinal);
  const pod = podFromTemplate(version.template, { owner: set, resource: statefulSets, name });
  const claims = claimsOf(set, ordinal);
  const others = (pod.spec.volumes ?? []).filter((volume) => !claims.has(volume.name));
  const claimed = [...claims].map(([volume, { metadata }]) => {
    return { name: volume, persistentVolumeClaim: { claimName: metadata.name ?? '', readOnly: false } };
  });
  const volumes = [...claimed, ...others];
  const { serviceName = '' } = set.spec;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata.labels, ...identityLabels(set, ordinal), [revisionHashLabel]: version.name },
    },
    spec: {
      ...pod.spec,
      hostname: name,
      ...(serviceName === '' ? {} : { subdomain: serviceName }),
      ...(volumes.length === 0 ? {} : { volumes }),
    },
  };
}
