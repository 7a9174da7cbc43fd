import type { Secret } from '../../api/core/secret.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import type { IngressClass } from '../../api/networking/ingress-class.schema.ts';
import type { Ingress } from '../../api/networking/ingress.schema.ts';
import type { Route, ServiceBackend } from '../model/route-table.ts';
import type { Certificate } from '../plan/certificates.ts';
import { readCertificate } from '../plan/certificates.ts';
import { claim, defaultControllerName } from '../plan/class.ts';
import { planEndpoints } from '../plan/endpoints.ts';
import { pathHandling } from '../plan/path-handling.ts';
import { planRoutes } from '../plan/routes.ts';
import { prefix } from '../plan/annotations/reader.ts';
import type { ServiceLookup } from './backend-problems.ts';
import { diagnose } from './diagnose.ts';
import type { AskedRequest, ConsideredRule } from './explain.ts';
import { explainRequest, ingressName } from './explain.ts';

export interface ClusterObjects {
  readonly ingresses: readonly Ingress[];
  readonly classes: readonly IngressClass[];
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly secrets: readonly Secret[];
}

export interface EndpointPod {
  readonly namespace: string;
  readonly pod: string;
  readonly address: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
}

export interface Explained {
  readonly path: string;
  readonly outcome: string;
  readonly considered: readonly ConsideredRule[];
  /** `namespace/name` of the Ingress whose rule takes the request. */
  readonly ingress: string | undefined;
  /** Its annotations that are for nginx, without their prefix. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly backends: readonly { readonly service: string; readonly endpoints: readonly string[] }[];
  /** The path that backends are asked for. */
  readonly backendPath: string;
  readonly pods: readonly EndpointPod[];
  /** Of this Ingress; of all that could have served the host, where none takes the request. */
  readonly problems: readonly { readonly ingress: string; readonly message: string }[];
}

const serviceNameLabel = 'kubernetes.io/service-name';

/** Explains a request by the objects of a cluster, with the plan that nginx runs on. */
export function explainObjects(objects: ClusterObjects, asked: AskedRequest, nowMs: number): Explained {
  const { ingresses, classes } = objects;
  const named = <T extends Service | Secret>(all: readonly T[]): ReadonlyMap<string, T> =>
    new Map(all.map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object]));
  const [serviceOf, secretOf] = [named(objects.services), named(objects.secrets)];
  const slicesOf = Map.groupBy(
    objects.slices,
    ({ metadata }) => `${metadata.namespace}/${metadata.labels?.[serviceNameLabel]}`,
  );
  const certificates = new Map<string, Certificate>();
  const ours = ingresses.filter((ingress) => claim(ingress, classes, defaultControllerName) === 'ours');
  const plan = planRoutes(ours, {
    handling: (one) => pathHandling(one, classes),
    externalName: (namespace, name) => {
      const spec = serviceOf.get(`${namespace}/${name}`)?.spec;
      return spec?.type === 'ExternalName' ? spec.externalName : undefined;
    },
    patternProblem: () => undefined,
    secret: (key) => secretOf.get(key),
    certificate: (key) => {
      const found = readCertificate(secretOf.get(key));
      if ('pem' in found) certificates.set(key, found);
      return found;
    },
  });
  const lookup = {
    service: (key: string) => serviceOf.get(key),
    slices: (key: string) => slicesOf.get(key) ?? [],
  };
  const world = { ...lookup, classes, certificate: (key: string) => certificates.get(key), nowMs };
  const { path, outcome, considered, chosen } = explainRequest(plan.table, asked);
  const isConcerned = ({ metadata, spec }: Ingress): boolean =>
    chosen === undefined
      ? (spec.rules ?? []).some(({ host = '' }) => host.toLowerCase() === asked.host.toLowerCase())
      : metadata.uid === chosen.source.uid;
  const concerned = ingresses.filter(isConcerned);
  const uids = new Set(concerned.map(({ metadata }) => metadata.uid));
  const annotations = chosen === undefined ? [] : Object.entries(concerned[0]?.metadata.annotations ?? {});
  const backends = serviceBackends(chosen);
  return {
    path,
    outcome,
    considered,
    ingress: chosen === undefined ? undefined : ingressName(chosen.source),
    annotations: Object.fromEntries(
      annotations
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, value]) => [name.slice(prefix.length), value]),
    ),
    backends: backends.map((backend) => {
      const key = `${backend.namespace}/${backend.service}`;
      const service = backend.port === undefined ? key : `${key}:${backend.port}`;
      return { service, endpoints: planEndpoints(backend, serviceOf.get(key), lookup.slices(key)) };
    }),
    backendPath: rewritten(chosen, asked.path, path),
    pods: backends.flatMap((backend) => podsOf(backend, chosen, lookup)),
    problems: diagnose({ ingresses, ours, plan }, world)
      .filter(({ source }) => uids.has(source.uid))
      .map(({ source, message }) => ({ ingress: ingressName(source), message })),
  };
}

function serviceBackends(route: Route | undefined): readonly ServiceBackend[] {
  if (route?.action.kind !== 'forward') return [];
  return route.action.backends.map(({ backend }) => backend).filter((backend) => backend.kind === 'service');
}

function podsOf(
  backend: ServiceBackend,
  route: Route | undefined,
  { service, slices }: ServiceLookup,
): readonly EndpointPod[] {
  const key = `${backend.namespace}/${backend.service}`;
  const podAt = new Map(
    slices(key)
      .flatMap(({ endpoints = [] }) => endpoints)
      .map(({ addresses, targetRef }) => [addresses[0] ?? '', targetRef?.kind === 'Pod' ? targetRef.name : undefined]),
  );
  const protocol = route?.action.kind === 'forward' ? route.action.protocol : 'HTTP';
  return planEndpoints(backend, service(key), slices(key)).flatMap((text): EndpointPod[] => {
    const [address = '', port = ''] = text.split(':');
    const pod = podAt.get(address);
    const scheme = protocol === 'HTTPS' || protocol === 'GRPCS' ? 'https' : 'http';
    return pod === undefined ? [] : [{ namespace: backend.namespace, pod, address, port: Number(port), scheme }];
  });
}

/** The path that a backend sees: its own, or the template with the groups of the pattern filled in. */
function rewritten(route: Route | undefined, sent: string, path: string): string {
  if (route?.action.kind !== 'forward' || route.action.rewrite === undefined) return sent;
  const groups = route.path.kind === 'pattern' ? (new RegExp(`^(?:${route.path.pattern})`, 'i').exec(path) ?? []) : [];
  const parts = route.action.rewrite.map((part) =>
    'literal' in part ? part.literal : 'capture' in part ? (groups[part.capture] ?? '') : '',
  );
  const text = parts.join('');
  return encodeURI(text.startsWith('/') ? text : `/${text}`);
}
