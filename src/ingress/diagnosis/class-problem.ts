import type { IngressClass } from '../../api/networking/ingress-class.schema.ts';
import type { Ingress } from '../../api/networking/ingress.schema.ts';
import { isDefaultClass, wantedClass } from '../plan/class.ts';
import type { Problem } from '../plan/problem.ts';
import { sourceOf } from './source.ts';

/** Why nobody at all will serve an Ingress, as far as its class goes; undefined where somebody should. */
export function classProblem(ingress: Ingress, classes: readonly IngressClass[]): Problem | undefined {
  const wanted = wantedClass(ingress);
  const names = classes.map(({ metadata }) => metadata.name);
  const there = names.length === 0 ? 'there is none' : `there is ${names.join(', ')}`;
  const note = (message: string): Problem => ({ source: sourceOf(ingress), reason: 'UnknownClass', message });
  if (wanted === undefined) {
    if (classes.some(isDefaultClass)) return undefined;
    return note(
      `no IngressClass is named and none is the default, so nothing serves this Ingress: set spec.ingressClassName (${there})`,
    );
  }
  if (names.includes(wanted)) return undefined;
  return note(`IngressClass ${JSON.stringify(wanted)} does not exist (${there}), so nothing serves this Ingress`);
}
