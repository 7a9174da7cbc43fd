import type { Container, ContainerPort, EnvVar } from './container.schema.ts';
import { fractionWarning } from './fraction-warning.ts';

/** A container of a pod, with the path at which it stands. */
export interface PlacedContainer {
  readonly container: Container;
  readonly path: string;
}

/** A repeated variable is fine only when it builds on the one before. */
function envWarnings(env: readonly EnvVar[], path: string): string[] {
  const names = env.map(({ name }) => name);
  return env.flatMap(({ name, value = '', valueFrom }, index) => {
    if (names.indexOf(name) === index) return [];
    const reference = `$(${name})`;
    const builds = valueFrom === undefined && value !== reference && value.includes(reference);
    const text = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
    return builds ? [] : [`${path}[${index}]: ${text}`];
  });
}

/** Warns of amounts of bytes that are not whole, and of variables that hide others. */
export function containerWarnings({ container, path }: PlacedContainer): string[] {
  const amounts = ['memory', 'ephemeral-storage'].flatMap((name) =>
    (['limits', 'requests'] as const).flatMap((list) =>
      fractionWarning(container.resources?.[list]?.[name], `${path}.resources.${list}[${name}]`),
    ),
  );
  return [...amounts, ...envWarnings(container.env ?? [], `${path}.env`)];
}

interface PlacedPort {
  readonly port: ContainerPort;
  readonly path: string;
}

function clash({ port: a }: PlacedPort, { port: b }: PlacedPort): string | undefined {
  const [aPort, bPort] = [a.hostPort ?? 0, b.hostPort ?? 0];
  const [aIp, bIp] = [a.hostIP ?? '', b.hostIP ?? ''];
  if (aIp === bIp && aPort === bPort) return 'duplicate';
  if (aPort === 0 || bPort === 0) return 'overlapping';
  // Whether a port at every address goes before the same port at one address is left open.
  return aPort === bPort && (aIp === '') !== (bIp === '') ? 'dangerously ambiguous' : undefined;
}

/** Warns of ports that several containers of a pod claim. */
export function portWarnings(containers: readonly PlacedContainer[]): string[] {
  const placed = containers.flatMap(({ container, path }) =>
    (container.ports ?? []).map((port, index) => ({ port, path: `${path}.ports[${index}]` })),
  );
  const key = ({ containerPort, protocol = 'TCP' }: ContainerPort): string => `${containerPort}/${protocol}`;
  return placed.flatMap((one, index) => {
    const others = placed.slice(0, index).filter(({ port }) => key(port) === key(one.port));
    const { name = '', hostPort = 0, containerPort, protocol = 'TCP', hostIP = '' } = one.port;
    const shown = `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
    return [
      ...(hostIP !== '' && hostPort === 0 ? [`${one.path}: hostIP set without hostPort: ${shown}`] : []),
      ...others.flatMap((other) => {
        const how = clash(one, other);
        return how === undefined ? [] : [`${one.path}: ${how} port definition with ${other.path}`];
      }),
    ];
  });
}
