import type { PodSpec } from '../../api/core/pod-spec.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { Labels } from './near-labels.ts';
import { nearLabel } from './near-labels.ts';

/** A pod, or the template of pods to come. */
export interface Target {
  /** As a person would call it, e.g. `pod web-1`, `Deployment web`. */
  readonly name: string;
  readonly labels: Labels;
  readonly spec: Pick<PodSpec, 'containers' | 'initContainers'>;
}

/** The targets that a selector matches. */
export function selectedTargets(selector: Labels, targets: readonly Target[]): readonly Target[] {
  return targets.filter(({ labels }) => Object.entries(selector).every(([key, value]) => labels[key] === value));
}

/** `a=b,c=d`, as `kubectl get --selector` reads it. */
export function selectorText(selector: Labels): string {
  return Object.entries(selector)
    .map((pair) => pair.join('='))
    .join(',');
}

/** Which target a selector probably means; undefined where none is nearly matched. */
export function nearMatch(selector: Labels, targets: readonly Target[]): string | undefined {
  for (const { name, labels } of targets) {
    const near = nearLabel(selector, labels);
    if (near !== undefined) return `${name} has ${near.found}, the selector says ${near.wanted}`;
  }
  return undefined;
}

/**
 * What is amiss with those of a Service's target ports that are names: none of the targets declares one. Numbers are
 * left out: a container may listen on what it does not declare.
 */
export function missingPortNames(service: Service, selected: readonly Target[]): readonly string[] {
  if (selected.length === 0) return [];
  return (service.spec.ports ?? []).flatMap(({ targetPort, port, protocol = 'TCP' }) => {
    if (typeof targetPort !== 'string' || targetPort === '') return [];
    const all = selected.map(({ spec }) => portsOf(spec));
    if (all.some((ports) => ports.some((own) => own.name === targetPort && own.protocol === protocol))) return [];
    const [first] = selected;
    const declared = (all[0] ?? []).map(
      ({ name, number, protocol: own }) => `${name === '' ? '' : `${name}: `}${number}/${own}`,
    );
    const has = declared.length === 0 ? 'declares no port' : `declares ${declared.join(', ')}`;
    return [
      `targetPort ${JSON.stringify(targetPort)} of port ${port}/${protocol} is the name of no container's port: ${first?.name} ${has}`,
    ];
  });
}

function portsOf({ containers, initContainers = [] }: Target['spec']) {
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports.map(({ name = '', containerPort, protocol = 'TCP' }) => ({ name, number: containerPort, protocol })),
  );
}
