import type { Pod } from '../api/core/pod.schema.ts';
import type { ServicePort } from '../api/core/service.schema.ts';

/** The port of the pod to which a Service port leads; undefined when no container declares the name. */
export function podPort(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target === 0 ? port.port : target;
  const protocol = port.protocol ?? 'TCP';
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const container of [...pod.spec.containers, ...sidecars]) {
    const found = container.ports?.find((candidate) => {
      return candidate.name === target && (candidate.protocol ?? 'TCP') === protocol;
    });
    if (found !== undefined) return found.containerPort;
  }
  return undefined;
}
