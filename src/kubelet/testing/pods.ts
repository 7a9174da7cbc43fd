import type { Container } from '../../api/core/container.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { PodSpec } from '../../api/core/pod-spec.schema.ts';
import type { PodStatus } from '../../api/core/pod-status.schema.ts';
import { containerHash } from '../pods/names.ts';
import type { ObservedContainer, ObservedPod, ObservedSandbox } from '../runtime/observed.ts';

/** A container of a spec, with what tests do not care about filled in. */
export function container(name: string, fields: Partial<Container> = {}): Container {
  return { name, image: 'busybox:1', resources: {}, ...fields };
}

/** A pod `default/web` with the containers given, or one named `c`. */
export function pod(spec: Partial<PodSpec> = {}, status: PodStatus = {}): Pod {
  const metadata = {
    name: 'web',
    namespace: 'default',
    uid: 'u1',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [container('c')], ...spec }, status };
}

/** A sandbox that is up. */
export function sandbox(fields: Partial<ObservedSandbox> = {}): ObservedSandbox {
  return { id: 's1', attempt: 0, ready: true, createdAt: 0, ips: ['10.0.0.1'], hostNetwork: false, ...fields };
}

/** A container that runs in sandbox `s1`. */
export function run(name: string, fields: Partial<ObservedContainer> = {}): ObservedContainer {
  return {
    id: `${name}-1`,
    sandboxId: 's1',
    name,
    state: 'running',
    createdAt: 1000,
    startedAt: 1000,
    finishedAt: undefined,
    exitCode: 0,
    reason: '',
    message: '',
    image: 'busybox:1',
    imageRef: 'sha256:1',
    hash: containerHash(container(name)),
    restartCount: 0,
    logPath: '',
    terminationGracePeriodSeconds: 30,
    ...fields,
  };
}

/** A container that has ended. */
export function exited(name: string, exitCode: number, fields: Partial<ObservedContainer> = {}): ObservedContainer {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return run(name, { state: 'exited', exitCode, reason, finishedAt: 2000, ...fields });
}

/** The pod `web` as the runtime shows it; without sandboxes named, one is up. */
export function observed(
  containers: readonly ObservedContainer[],
  sandboxes: readonly ObservedSandbox[] = [sandbox()],
): ObservedPod {
  return { uid: 'u1', name: 'web', namespace: 'default', sandboxes, containers };
}
