import type { Secret } from '../../api/core/secret.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointConditions, EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import type { HTTPIngressPath, Ingress, IngressSpec } from '../../api/networking/ingress.schema.ts';
import { selfSigned } from '../nginx/default-certificate.ts';

let count = 0;

function metadata(name: string, namespace = 'default') {
  count += 1;
  const resourceVersion = String(count);
  return {
    name,
    namespace,
    uid: `uid-${namespace}-${name}`,
    resourceVersion,
    creationTimestamp: '2024-01-01T00:00:00Z',
  };
}

/** A path of an Ingress: `/path` to `service:port`, of type Prefix unless said otherwise. */
export function testPath(
  path: string,
  backend: string,
  pathType: HTTPIngressPath['pathType'] = 'Prefix',
): HTTPIngressPath {
  const [name = '', port = '80'] = backend.split(':');
  const number = Number(port);
  return { path, pathType, backend: { service: { name, port: Number.isNaN(number) ? { name: port } : { number } } } };
}

export interface TestIngress {
  readonly host?: string;
  readonly paths?: readonly HTTPIngressPath[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly created?: string;
  readonly namespace?: string;
  readonly spec?: Partial<IngressSpec>;
}

/** An Ingress of class `nginx` with one rule; annotations are given without their prefix. */
export function testIngress(name: string, options: TestIngress = {}): Ingress {
  const { host, paths, annotations = {}, created, namespace, spec = {} } = options;
  const meta = metadata(name, namespace);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...meta,
      creationTimestamp: created ?? meta.creationTimestamp,
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]),
      ),
    },
    spec: {
      ingressClassName: 'nginx',
      ...(paths === undefined ? {} : { rules: [{ ...(host === undefined ? {} : { host }), http: { paths } }] }),
      ...spec,
    },
    status: { loadBalancer: {} },
  };
}

/** A Service with one port, 80 unless said otherwise. */
export function testService(name: string, spec: Partial<Service['spec']> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(name),
    spec: { type: 'ClusterIP', clusterIP: '10.233.0.10', ports: [{ port: 80 }], ...spec },
    status: { loadBalancer: {} },
  };
}

/** A slice of a Service; an endpoint is an address, or an address with its conditions. */
export function testSlice(
  service: string,
  port: number,
  endpoints: readonly (string | readonly [string, EndpointConditions])[],
  options: { readonly name?: string; readonly portName?: string } = {},
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata(options.name ?? `${service}-1`), labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: endpoints.map((endpoint) =>
      typeof endpoint === 'string'
        ? { addresses: [endpoint], conditions: { ready: true } }
        : { addresses: [endpoint[0]], conditions: endpoint[1] },
    ),
    ports: [{ name: options.portName ?? '', port, protocol: 'TCP' }],
  };
}

/** A TLS Secret whose certificate is for `ingress.local`, and has the Secret's name as its own. */
export function testSecret(name: string): Secret {
  const pem = selfSigned(new Date(), name);
  const split = pem.indexOf('-----BEGIN PRIVATE KEY');
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata(name),
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': encode(pem.slice(0, split)), 'tls.key': encode(pem.slice(split)) },
  };
}
