import { nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../kind.ts';
import { PodMetrics } from './resource-metrics.schema.ts';

const listed = ({ containers }: PodMetrics, name: string): string =>
  containers.map(({ usage }) => usage[name] ?? '').join(',');

/** What the containers of a pod use of CPU and memory; computed when it is asked for, and never stored. */
export const podMetricsKind = defineKind<PodMetrics>({
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  kind: 'PodMetrics',
  plural: 'pods',
  singular: '',
  namespaced: true,
  verbs: ['get', 'list'],
  schema: PodMetrics,
  columns: [
    nameColumn(),
    textColumn('cpu', (pod) => listed(pod, 'cpu')),
    textColumn('memory', (pod) => listed(pod, 'memory')),
    textColumn('Window', ({ window }) => window),
  ],
});
