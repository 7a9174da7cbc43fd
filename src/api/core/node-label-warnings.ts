import type { NodeSelectorTerm } from './scheduling.schema.ts';

const replaced: Readonly<Record<string, readonly [since: string, use: string]>> = {
  'beta.kubernetes.io/arch': ['v1.14', 'kubernetes.io/arch'],
  'beta.kubernetes.io/os': ['v1.14', 'kubernetes.io/os'],
  'failure-domain.beta.kubernetes.io/region': ['v1.17', 'topology.kubernetes.io/region'],
  'failure-domain.beta.kubernetes.io/zone': ['v1.17', 'topology.kubernetes.io/zone'],
  'beta.kubernetes.io/instance-type': ['v1.17', 'node.kubernetes.io/instance-type'],
};

/** What to say of a label of nodes that has another name now; undefined for all others. */
export function deprecatedNodeLabel(key: string): string | undefined {
  const entry = Object.hasOwn(replaced, key) ? replaced[key] : undefined;
  return entry === undefined ? undefined : `deprecated since ${entry[0]}; use "${entry[1]}" instead`;
}

/** Warns of labels in a term that have other names now. */
export function nodeSelectorTermWarnings({ matchExpressions = [] }: NodeSelectorTerm, path: string): string[] {
  return matchExpressions.flatMap(({ key }, index) => {
    const message = deprecatedNodeLabel(key);
    return message === undefined ? [] : [`${path}.matchExpressions[${index}].key: ${key} is ${message}`];
  });
}
