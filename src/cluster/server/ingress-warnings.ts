import { isDeepStrictEqual } from 'node:util';
import type { Secret } from '../../api/core/secret.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import type { IngressClass } from '../../api/networking/ingress-class.schema.ts';
import type { Ingress } from '../../api/networking/ingress.schema.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import { endpointSlices, ingressClasses, ingresses, secrets, services } from '../../api/resources.ts';
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from '../../apiserver/admission/types.ts';
import { reviewIngress } from '../../ingress/ingress.ts';

const serviceNameLabel = 'kubernetes.io/service-name';
/** Clients cut what is longer; events have the rest. */
const most = { warnings: 20, characters: 500 };

/**
 * Tells the author of an Ingress what keeps it from working, in the answer to the write itself. Never refuses
 * anything: objects may come in any order. It stands here because only this folder knows both servers.
 */
export const ingressWarnings: AdmissionPlugin = {
  name: 'IngressWarnings',
  async validate(request, context) {
    if (!isChange(request)) return;
    const ingress = request.object as unknown as Ingress;
    const messages = await review(ingress, context, Date.parse(request.now));
    request.warnings.push(...messages.slice(0, most.warnings).map((text) => text.slice(0, most.characters)));
  },
};

function isChange({ verb, kind, subresource, object, old }: AdmissionRequest): boolean {
  const isIngress = kind.group === 'networking.k8s.io' && kind.plural === 'ingresses' && subresource === '';
  if (!isIngress || (verb !== 'create' && verb !== 'update') || object === undefined) return false;
  const told = (one: typeof object | undefined): unknown => [one?.['spec'], one?.metadata.annotations];
  return object.metadata.deletionTimestamp === undefined && !isDeepStrictEqual(told(object), told(old));
}

async function review(ingress: Ingress, context: AdmissionContext, nowMs: number): Promise<readonly string[]> {
  const { namespace } = ingress.metadata;
  const all = async <T extends KubeObject>(resource: Resource<T>, within?: string): Promise<readonly T[]> =>
    (await context.list(resource, within)) as unknown as readonly T[];
  const [others, classes, ownServices, slices, ownSecrets] = await Promise.all([
    all<Ingress>(ingresses),
    all<IngressClass>(ingressClasses),
    all<Service>(services, namespace),
    all<EndpointSlice>(endpointSlices, namespace),
    (ingress.spec.tls ?? []).length === 0 ? [] : all<Secret>(secrets, namespace),
  ]);
  const slicesOf = Map.groupBy(slices, ({ metadata }) => metadata.labels?.[serviceNameLabel] ?? '');
  const named = <T extends KubeObject>(objects: readonly T[]): ReadonlyMap<string, T> =>
    new Map(objects.map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object]));
  const [serviceOf, secretOf] = [named(ownServices), named(ownSecrets)];
  return reviewIngress(ingress, {
    ingresses: others,
    classes,
    service: (key) => serviceOf.get(key),
    slices: (key) => slicesOf.get(key.slice(key.indexOf('/') + 1)) ?? [],
    secret: (key) => secretOf.get(key),
    nowMs,
  });
}
