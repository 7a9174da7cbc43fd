import type { IngressClass } from '../../api/networking/ingress-class.schema.ts';
import type { Ingress } from '../../api/networking/ingress.schema.ts';
import type { Certificate } from '../plan/certificates.ts';
import type { Problem } from '../plan/problem.ts';
import type { RoutePlan } from '../plan/routes.ts';
import type { ServiceLookup } from './backend-problems.ts';
import { backendProblems } from './backend-problems.ts';
import { certificateProblems } from './certificate-problems.ts';
import { classProblem } from './class-problem.ts';

/** All that bears on whether Ingresses do what their authors want. */
export interface World extends ServiceLookup {
  readonly classes: readonly IngressClass[];
  /** A good key pair by the Secret's `namespace/name`. */
  readonly certificate: (key: string) => Certificate | undefined;
  readonly nowMs: number;
}

export interface Diagnosed {
  readonly ingresses: readonly Ingress[];
  /** Those of `ingresses` that the plan was made of. */
  readonly ours: readonly Ingress[];
  readonly plan: RoutePlan;
}

/** Everything that keeps Ingresses from doing what they say. */
export function diagnose({ ingresses, ours, plan }: Diagnosed, world: World): readonly Problem[] {
  return [
    ...ingresses.flatMap((ingress) => classProblem(ingress, world.classes) ?? []),
    ...plan.problems,
    ...backendProblems(plan.table, world),
    ...ours.flatMap((ingress) => certificateProblems(ingress, world.certificate, world.nowMs)),
  ];
}
