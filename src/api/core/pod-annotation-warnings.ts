import type { PodSpec } from './pod-spec.schema.ts';

type Annotations = Readonly<Record<string, string>>;

const gone: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};

/** Warns of annotations that nothing reads any more. */
export function annotationWarnings(annotations: Annotations, spec: PodSpec, path: string): string[] {
  const at = (key: string): string => `${path}[${key}]`;
  const profiles = [spec.securityContext?.seccompProfile, 'seccomp.security.alpha.kubernetes.io/pod'] as const;
  const all = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(
    ({ name, securityContext }) =>
      [securityContext?.seccompProfile, `container.seccomp.security.alpha.kubernetes.io/${name}`] as const,
  );
  const useField = 'non-functional in v1.27+; use the "seccompProfile" field instead';
  return [
    ...Object.entries(gone)
      .filter(([key]) => Object.hasOwn(annotations, key))
      .map(([key, message]) => `${at(key)}: ${message}`),
    ...[profiles, ...all]
      .filter(([profile, key]) => profile === undefined && Object.hasOwn(annotations, key))
      .map(([, key]) => `${at(key)}: ${useField}`),
  ];
}

/** Warns of the annotation that a field has replaced. */
export function appArmorWarnings(annotations: Annotations, spec: PodSpec, path: string): string[] {
  if (spec.securityContext?.appArmorProfile !== undefined) return [];
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])].flatMap(({ name, securityContext }) => {
    const key = `container.apparmor.security.beta.kubernetes.io/${name}`;
    const isUsed = securityContext?.appArmorProfile === undefined && Object.hasOwn(annotations, key);
    return isUsed ? [`${path}[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`] : [];
  });
}
