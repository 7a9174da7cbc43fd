import { defineKind } from '../kind.ts';
import { DaemonSet } from './daemon-set.schema.ts';

export const daemonSetKind = defineKind<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  schema: DaemonSet,
  subresources: {
    status: true,
  },
});
