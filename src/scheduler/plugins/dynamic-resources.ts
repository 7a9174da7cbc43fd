import type { Plugin } from '../plugin.ts';

/** Keeps pods that ask for devices by claims from nodes: nothing here allocates claims, and without them the pod would run with less than it needs. */
export const dynamicResources: Plugin = {
  name: 'DynamicResources',
  weight: 0,
  events: ['pod-updated'],
  prepare: ({ spec }) =>
    (spec.resourceClaims ?? []).length === 0
      ? {}
      : { refusal: 'cannot allocate all claims: resource claims are kept, but not allocated yet' },
};
