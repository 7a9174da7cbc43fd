import type { Service } from '../../api/core/service.schema.ts';

function hasAddress({ spec }: Service): boolean {
  return spec.clusterIP !== undefined && spec.clusterIP !== '' && spec.clusterIP !== 'None';
}

const isMaster = ({ metadata }: Service): boolean => metadata.namespace === 'default' && metadata.name === 'kubernetes';

const variableName = (name: string): string => name.toUpperCase().replaceAll('-', '_');

/** `[::1]:80` or `10.0.0.1:80`. */
const hostPort = (host: string, port: number): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);

function variablesOf({ metadata, spec }: Service): [name: string, value: string][] {
  const prefix = variableName(metadata.name);
  const host = spec.clusterIP ?? '';
  const ports = spec.ports ?? [];
  const [first] = ports;
  if (first === undefined) return [];
  const result: [string, string][] = [
    [`${prefix}_SERVICE_HOST`, host],
    [`${prefix}_SERVICE_PORT`, String(first.port)],
  ];
  for (const { name = '', port } of ports) {
    if (name !== '') result.push([`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port)]);
  }
  for (const [index, { port, protocol = 'TCP' }] of ports.entries()) {
    const url = `${protocol.toLowerCase()}://${hostPort(host, port)}`;
    const portPrefix = `${prefix}_PORT_${port}_${protocol}`;
    if (index === 0) result.push([`${prefix}_PORT`, url]);
    result.push(
      [portPrefix, url],
      [`${portPrefix}_PROTO`, protocol.toLowerCase()],
      [`${portPrefix}_PORT`, String(port)],
      [`${portPrefix}_ADDR`, host],
    );
  }
  return result;
}

/**
 * The variables that tell a pod of `namespace` where Services are: those of its namespace if `links`, and `kubernetes`
 * of namespace `default` always. https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
export function serviceVariables(
  services: readonly Service[],
  namespace: string,
  links: boolean,
): ReadonlyMap<string, string> {
  const chosen = new Map<string, Service>();
  for (const service of services) {
    if (!hasAddress(service)) continue;
    const { name } = service.metadata;
    // A namespace's own Service of the name `kubernetes` goes before the cluster's.
    if (links && service.metadata.namespace === namespace) chosen.set(name, service);
    else if (isMaster(service) && !chosen.has(name)) chosen.set(name, service);
  }
  const sorted = [...chosen.values()].toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  return new Map(sorted.flatMap(variablesOf));
}
