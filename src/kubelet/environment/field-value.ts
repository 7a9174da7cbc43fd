import type { ObjectFieldSelector } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { goQuote } from './go-quote.ts';
import type { PodFacts } from './types.ts';
import { EnvironmentError } from './types.ts';

type NetworkFacts = Pick<PodFacts, 'podIPs' | 'hostIPs'>;

/** A map as the downward API writes it: `key="value"`, one a line, sorted. */
export function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  const lines = Object.entries(map ?? {}).map(([key, value]) => `${key}=${goQuote(value)}`);
  return lines.toSorted().join('\n');
}

/**
 * The text that a `fieldRef` stands for. Throws EnvironmentError for a field that the downward API does not offer.
 * https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
 */
export function fieldValue(ref: ObjectFieldSelector, pod: Pod, facts: NetworkFacts): string {
  const { metadata, spec } = pod;
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/s.exec(ref.fieldPath);
  if (subscript !== null) return metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2] ?? ''] ?? '';
  switch (ref.fieldPath) {
    case 'metadata.name':
    case 'metadata.namespace':
    case 'metadata.uid':
      return metadata[ref.fieldPath.slice('metadata.'.length) as 'name' | 'namespace' | 'uid'];
    case 'metadata.labels':
      return formatMap(metadata.labels);
    case 'metadata.annotations':
      return formatMap(metadata.annotations);
    case 'spec.nodeName':
      return spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? '';
    case 'status.hostIP':
      return facts.hostIPs[0] ?? '';
    case 'status.hostIPs':
      return facts.hostIPs.join(',');
    case 'status.podIP':
      return facts.podIPs[0] ?? '';
    case 'status.podIPs':
      return facts.podIPs.join(',');
    default:
      throw new EnvironmentError('FieldNotFound', `field label not supported: ${ref.fieldPath}`);
  }
}
