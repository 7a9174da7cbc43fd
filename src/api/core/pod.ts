import { defineKind } from '../kind.ts';
import { Pod } from './pod.schema.ts';

export const podKind = defineKind<Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  schema: Pod,
  subresources: {
    status: true,
    log: { verbs: ['get'] },
    exec: { verbs: ['create', 'get'], kind: { group: '', version: 'v1', kind: 'PodExecOptions' } },
    attach: { verbs: ['create', 'get'], kind: { group: '', version: 'v1', kind: 'PodAttachOptions' } },
    portforward: { verbs: ['create', 'get'], kind: { group: '', version: 'v1', kind: 'PodPortForwardOptions' } },
    proxy: {
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
      kind: { group: '', version: 'v1', kind: 'PodProxyOptions' },
    },
    binding: { verbs: ['create'], kind: { group: '', version: 'v1', kind: 'Binding' } },
    eviction: { verbs: ['create'], kind: { group: 'policy', version: 'v1', kind: 'Eviction' } },
    ephemeralcontainers: { verbs: ['get', 'patch', 'update'] },
    resize: { verbs: ['get', 'patch', 'update'] },
  },
});
