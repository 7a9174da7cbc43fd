import type { PodSpec } from '../../../api/core/pod-spec.schema.ts';

/** What of a pod, or of a template of pods, the checks look at. */
export interface Subject {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

/** Why a check refuses: `reason` alone when many pods are told of, with `detail` in parentheses for one. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** Says what a pod does that it must not; undefined when there is nothing. */
export type Test = (subject: Subject) => Violation | undefined;

/** One control of the Pod Security Standards. */
export interface Check {
  /** Upstream's name of it; violations are told in the order of these. */
  readonly id: string;
  readonly level: 'baseline' | 'restricted';
  /** The test from a policy version on: minors of version 1, rising. */
  readonly versions: readonly { readonly from: number; readonly test: Test }[];
  /** Checks of the baseline that this one does the work of, where it is in force. */
  readonly replaces?: readonly string[];
}
