import type { IngressClass } from '../../api/networking/ingress-class.schema.ts';
import type { Ingress } from '../../api/networking/ingress.schema.ts';
import type { Secret } from '../../api/core/secret.schema.ts';
import type { Certificate } from '../plan/certificates.ts';
import { readCertificate } from '../plan/certificates.ts';
import { claim, defaultControllerName } from '../plan/class.ts';
import { pathHandling } from '../plan/path-handling.ts';
import { planRoutes } from '../plan/routes.ts';
import type { ServiceLookup } from './backend-problems.ts';
import { classProblem } from './class-problem.ts';
import { diagnose } from './diagnose.ts';

export interface ReviewContext extends ServiceLookup {
  readonly ingresses: readonly Ingress[];
  readonly classes: readonly IngressClass[];
  readonly secret: (key: string) => Secret | undefined;
  readonly nowMs: number;
}

/** Pods of a Service that has just been made are on their way; that is no news to its author. */
const startMs = 10_000;

/**
 * What an author should hear at once of an Ingress that is about to be stored: the same sentences as later in events.
 * Whether an expression compiles is left to nginx, and so to events.
 */
export function reviewIngress(ingress: Ingress, context: ReviewContext): readonly string[] {
  const { classes, secret, nowMs, service } = context;
  if (claim(ingress, classes, defaultControllerName) !== 'ours') {
    const problem = classProblem(ingress, classes);
    return problem === undefined ? [] : [problem.message];
  }
  const certificates = new Map<string, Certificate>();
  const plan = planRoutes([...rivals(ingress, context), ingress], {
    handling: (one) => pathHandling(one, classes),
    externalName: (namespace, name) => {
      const spec = service(`${namespace}/${name}`)?.spec;
      return spec?.type === 'ExternalName' ? spec.externalName : undefined;
    },
    patternProblem: () => undefined,
    secret,
    certificate: (key) => {
      const found = readCertificate(secret(key));
      if ('pem' in found) certificates.set(key, found);
      return found;
    },
  });
  const world = { ...context, certificate: (key: string) => certificates.get(key) };
  const { uid } = ingress.metadata;
  const problems = diagnose({ ingresses: [ingress], ours: [ingress], plan }, world);
  const isStarting = (key: string): boolean =>
    nowMs - Date.parse(service(key)?.metadata.creationTimestamp ?? '') < startMs;
  const own = problems.filter(
    ({ source, reason, service: key = '' }) =>
      source.uid === uid && !(reason === 'NoReadyEndpoints' && isStarting(key)),
  );
  return [...new Set(own.map(({ message }) => message))];
}

/** Other Ingresses of ours that have a host in common with this one. */
function rivals(ingress: Ingress, { ingresses, classes }: ReviewContext): readonly Ingress[] {
  const hosts = new Set(hostsOf(ingress));
  const { namespace, name } = ingress.metadata;
  return ingresses.filter(
    (other) =>
      (other.metadata.name !== name || other.metadata.namespace !== namespace) &&
      hostsOf(other).some((host) => hosts.has(host)) &&
      claim(other, classes, defaultControllerName) === 'ours',
  );
}

function hostsOf({ spec: { rules = [] } }: Ingress): readonly string[] {
  return rules.length === 0 ? [''] : rules.map(({ host = '' }) => host);
}
