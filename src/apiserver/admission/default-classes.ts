import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Ingress } from '../../api/networking/ingress.schema.ts';
import { ingressClasses, storageClasses } from '../../api/resources.ts';
import type { Resource } from '../../api/resources.ts';
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from './types.ts';

/** The name of the class that its annotation makes the default; of several the newest, then the first by name. */
async function defaultClass(
  context: AdmissionContext,
  resource: Resource<KubeObject>,
  annotations: readonly string[],
): Promise<string | undefined> {
  const all = await context.list(resource);
  const defaults = all.filter(({ metadata }) => annotations.some((name) => metadata.annotations?.[name] === 'true'));
  const text = (value = ''): string => value;
  const [first] = defaults.toSorted(
    ({ metadata: a }, { metadata: b }) =>
      text(b.creationTimestamp).localeCompare(text(a.creationTimestamp)) || text(a.name).localeCompare(text(b.name)),
  );
  return first?.metadata.name;
}

function isNew({ verb, kind, subresource }: AdmissionRequest, group: string, plural: string): boolean {
  return verb === 'create' && subresource === '' && kind.group === group && kind.plural === plural;
}

/** A claim that names no class, not even the empty one, gets the default class. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  async mutate(request, context) {
    const claim = request.object as unknown as PersistentVolumeClaim;
    if (!isNew(request, '', 'persistentvolumeclaims') || claim.spec.storageClassName !== undefined)
      return request.object;
    const storageClassName = await defaultClass(context, storageClasses, [
      'storageclass.kubernetes.io/is-default-class',
      'storageclass.beta.kubernetes.io/is-default-class',
    ]);
    if (storageClassName === undefined) return request.object;
    return { ...claim, spec: { ...claim.spec, storageClassName } };
  },
};

/** An Ingress that names no class gets the default class. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  async mutate(request, context) {
    const ingress = request.object as unknown as Ingress;
    if (!isNew(request, 'networking.k8s.io', 'ingresses')) return request.object;
    const named = ingress.spec.ingressClassName !== undefined;
    if (named || ingress.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined) return request.object;
    const ingressClassName = await defaultClass(context, ingressClasses, [
      'ingressclass.kubernetes.io/is-default-class',
    ]);
    if (ingressClassName === undefined) return request.object;
    return { ...ingress, spec: { ...ingress.spec, ingressClassName } };
  },
};
