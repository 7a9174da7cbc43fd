import type { Infer } from '../schema.ts';
import { list, message, optional, required, string } from '../schema.ts';

export const TopologySelectorLabelRequirement = message('io.k8s.api.core.v1.TopologySelectorLabelRequirement', {
  key: required(1, string),
  values: required(2, list(string)),
});
export interface TopologySelectorLabelRequirement extends Infer<typeof TopologySelectorLabelRequirement> {}

export const TopologySelectorTerm = message(
  'io.k8s.api.core.v1.TopologySelectorTerm',
  {
    matchLabelExpressions: optional(1, list(TopologySelectorLabelRequirement)),
  },
  { atomic: true },
);
export interface TopologySelectorTerm extends Infer<typeof TopologySelectorTerm> {}
