import type { AdmissionPlugin } from './types.ts';

/** The rules that every server has, in the order in which they run. */
export function builtInAdmission(): readonly AdmissionPlugin[] {
  return [];
}
