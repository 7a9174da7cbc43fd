import { nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../kind.ts';
import { NodeMetrics } from './resource-metrics.schema.ts';

/** What a node uses of CPU and memory; computed when it is asked for, and never stored. */
export const nodeMetricsKind = defineKind<NodeMetrics>({
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  kind: 'NodeMetrics',
  plural: 'nodes',
  singular: '',
  namespaced: false,
  verbs: ['get', 'list'],
  schema: NodeMetrics,
  columns: [
    nameColumn(),
    textColumn('cpu', ({ usage }) => usage['cpu'] ?? ''),
    textColumn('memory', ({ usage }) => usage['memory'] ?? ''),
    textColumn('Window', ({ window }) => window),
  ],
});
