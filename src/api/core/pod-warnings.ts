import type { ObjectMeta } from '../meta/meta.schema.ts';
import type { KubeObject } from '../object.ts';
import { dnsLabelComplaints } from '../validation/names.ts';
import type { PlacedContainer } from './container-warnings.ts';
import { containerWarnings, portWarnings } from './container-warnings.ts';
import { fractionWarning } from './fraction-warning.ts';
import { deprecatedNodeLabel, nodeSelectorTermWarnings } from './node-label-warnings.ts';
import { annotationWarnings, appArmorWarnings } from './pod-annotation-warnings.ts';
import type { PodSpec } from './pod-spec.schema.ts';
import type { PodTemplateSpec } from './pod-template-spec.schema.ts';
import type { Pod } from './pod.schema.ts';
import type { PodAffinityTerm } from './scheduling.schema.ts';
import { volumeWarnings } from './volume-warnings.ts';

type Annotations = Readonly<Record<string, string>>;
const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

function placed(spec: PodSpec, path: string): PlacedContainer[] {
  const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const;
  return lists.flatMap((list) =>
    (spec[list] ?? []).map((container, index) => ({ container, path: `${path}.${list}[${index}]` })),
  );
}

function placementWarnings(spec: PodSpec, path: string): string[] {
  const { [required]: needed, [preferred]: wished = [] } = spec.affinity?.nodeAffinity ?? {};
  const at = `${path}.affinity.nodeAffinity`;
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((key) => {
      const message = deprecatedNodeLabel(key);
      return message === undefined ? [] : [`${path}.nodeSelector[${key}]: ${message}`];
    }),
    ...(needed?.nodeSelectorTerms ?? []).flatMap((term, index) =>
      nodeSelectorTermWarnings(term, `${at}.${required}.nodeSelectorTerms[${index}]`),
    ),
    ...wished.flatMap(({ preference }, index) =>
      nodeSelectorTermWarnings(preference, `${at}.${preferred}[${index}].preference`),
    ),
  ];
}

const matchesNothing = 'a null labelSelector results in matching no pod';

function spreadWarnings(spec: PodSpec, path: string): string[] {
  return (spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, index) => {
    const at = `${path}.topologySpreadConstraints[${index}]`;
    const message = deprecatedNodeLabel(topologyKey);
    return [
      ...(message === undefined ? [] : [`${at}.topologyKey: ${topologyKey} is ${message}`]),
      ...(labelSelector === undefined ? [`${at}.labelSelector: ${matchesNothing}`] : []),
    ];
  });
}

function podAffinityWarnings({ affinity }: PodSpec, path: string): string[] {
  const check = (term: PodAffinityTerm, at: string): string[] =>
    term.labelSelector === undefined ? [`${at}.labelSelector: ${matchesNothing}`] : [];
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((which) => {
    const at = `${path}.affinity.${which}`;
    const terms = affinity?.[which];
    return [
      ...(terms?.[required] ?? []).flatMap((term, index) => check(term, `${at}.${required}[${index}]`)),
      ...(terms?.[preferred] ?? []).flatMap(({ podAffinityTerm }, index) =>
        check(podAffinityTerm, `${at}.${preferred}[${index}].podAffinityTerm`),
      ),
    ];
  });
}

function repeated(values: readonly string[], message: (index: number, value: string) => string): string[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [message(index, value)] : []));
}

function specWarnings(spec: PodSpec, annotations: Annotations, prefix: string): string[] {
  const path = `${prefix}spec`;
  const containers = placed(spec, path);
  const secrets = (spec.imagePullSecrets ?? []).map(({ name = '' }) => name);
  return [
    ...placementWarnings(spec, path),
    ...spreadWarnings(spec, path),
    ...annotationWarnings(annotations, spec, `${prefix}metadata.annotations`),
    ...volumeWarnings(spec.volumes ?? [], `${path}.volumes`),
    ...repeated(
      (spec.hostAliases ?? []).map(({ ip }) => ip),
      (index, ip) => `${path}.hostAliases[${index}].ip: duplicate ip ${JSON.stringify(ip)}`,
    ),
    ...repeated(
      secrets,
      (index, name) => `${path}.imagePullSecrets[${index}].name: duplicate name ${JSON.stringify(name)}`,
    ),
    ...secrets.flatMap((name, index) =>
      name === '' ? [`${path}.imagePullSecrets[${index}].name: invalid empty name ""`] : [],
    ),
    ...['memory', 'ephemeral-storage'].flatMap((name) =>
      fractionWarning(spec.overhead?.[name], `${path}.overhead[${name}]`),
    ),
    // Of a pod's own annotation the server makes the field, without a word.
    ...(prefix === '' ? [] : appArmorWarnings(annotations, spec, `${prefix}metadata.annotations`)),
    ...containers.flatMap(containerWarnings),
    ...portWarnings(containers),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...podAffinityWarnings(spec, path),
  ];
}

function nameWarning(name: string, use: string): string[] {
  const complaints = dnsLabelComplaints(name);
  const advice = 'which can result in surprising behavior; a DNS label is recommended';
  return complaints.length === 0 ? [] : [`metadata.name: ${use}, ${advice}: [${complaints.join(' ')}]`];
}

/** Advice about a new pod; changes of pods come from components, which would not read it. */
export function podWarnings({ metadata, spec }: Pod, old: Pod | undefined): string[] {
  if (old !== undefined) return [];
  return [
    ...nameWarning(metadata.name, "this is used in the Pod's hostname"),
    ...specWarnings(spec, metadata.annotations ?? {}, ''),
  ];
}

/** Advice about a template for pods at `path`. */
export function podTemplateWarnings({ metadata, spec }: PodTemplateSpec, path: string): string[] {
  const { annotations = {} }: Pick<ObjectMeta, 'annotations'> = metadata ?? {};
  return specWarnings(spec, annotations, `${path}.`);
}

/** Advice about a new or changed object that makes pods, which bear its name, from a template at `path`. */
export function workloadWarnings(
  { metadata }: KubeObject,
  old: KubeObject | undefined,
  template: PodTemplateSpec | undefined,
  path = 'spec.template',
): string[] {
  // Changes of the status, or of labels, are no occasion to speak of the template.
  if (old !== undefined && old.metadata.generation === metadata.generation) return [];
  return [
    ...(old === undefined ? nameWarning(metadata.name, 'this is used in Pod names and hostnames') : []),
    ...(template === undefined ? [] : podTemplateWarnings(template, path)),
  ];
}
