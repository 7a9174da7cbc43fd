import type { Container } from '../../../api/core/container.schema.ts';
import type { Pod } from '../../../api/core/pod.schema.ts';
import type { Volume } from '../../../api/core/volume.schema.ts';

/** A pod with these volumes, for tests. */
export function podWith(volumes: readonly Volume[], spec: Partial<Pod['spec']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-1',
      namespace: 'shop',
      uid: '0b6c2f1e-9c55-4f0e-9d0f-3c2f3d6a1b11',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'web' },
    },
    spec: { containers: [{ name: 'web', resources: {} }], volumes, serviceAccountName: 'default', ...spec },
    status: {},
  };
}

/** A container that mounts things, for tests. */
export function containerWith(volumeMounts: Container['volumeMounts'], name = 'web'): Container {
  return { name, resources: {}, volumeMounts };
}
