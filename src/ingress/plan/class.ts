import type { Unsaved } from '../../api/object.ts';
import type { IngressClass } from '../../api/networking/ingress-class.schema.ts';
import type { Ingress } from '../../api/networking/ingress.schema.ts';

export const defaultClassName = 'nginx';
export const defaultControllerName = 'k8s.io/ingress-nginx';

const classAnnotation = 'kubernetes.io/ingress.class';
const defaultAnnotation = 'ingressclass.kubernetes.io/is-default-class';

/** The objects that a cluster needs before Ingress works: the class, which is also the default one. */
export function ingressObjects(
  options: { readonly className?: string; readonly controllerName?: string } = {},
): readonly Unsaved<IngressClass>[] {
  const { className = defaultClassName, controllerName = defaultControllerName } = options;
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: {
        name: className,
        labels: { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' },
        annotations: { [defaultAnnotation]: 'true' },
      },
      spec: { controller: controllerName },
    },
  ];
}

/**
 * Whether an Ingress is this controller's: by `ingressClassName`, by the older annotation where that is missing, and
 * by the default class where both are. `unknown` names a class that does not exist, so that nobody will serve it.
 */
export function claim(
  ingress: Ingress,
  classes: readonly IngressClass[],
  controllerName: string,
): 'ours' | 'others' | 'unknown' {
  const wanted = wantedClass(ingress);
  const isOurs = (found: IngressClass): boolean => found.spec.controller === controllerName;
  if (wanted === undefined) {
    return classes.some((found) => isOurs(found) && isDefaultClass(found)) ? 'ours' : 'others';
  }
  const found = classes.find(({ metadata }) => metadata.name === wanted);
  if (found === undefined) return 'unknown';
  return isOurs(found) ? 'ours' : 'others';
}

/** The class that an Ingress names, by its field or by the older annotation; undefined where it names none. */
export function wantedClass({ spec, metadata }: Ingress): string | undefined {
  const wanted = spec.ingressClassName ?? metadata.annotations?.[classAnnotation];
  return wanted === '' ? undefined : wanted;
}

/** Whether a class takes the Ingresses that name none. */
export function isDefaultClass({ metadata }: IngressClass): boolean {
  return metadata.annotations?.[defaultAnnotation] === 'true';
}
