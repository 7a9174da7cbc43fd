type Labels = Readonly<Record<string, string>> | undefined;

/** True when `labels` have every pair of `wanted`. */
export function includesLabels(labels: Labels, wanted: Readonly<Record<string, string>>): boolean {
  for (const key of Object.keys(wanted)) if (labels?.[key] !== wanted[key]) return false;
  return true;
}
